/**
 * How values of a column are compared. `integer`, `uuid`, `boolean` and `bytes` have one canonical form each; `binary` is text that is equal only
 * byte by byte. `opaque`: equal values may look different (case-insensitive text, decimals, times), so that no scheme can be made of them.
 */
export type ColumnKind = 'integer' | 'uuid' | 'boolean' | 'bytes' | 'binary' | 'opaque'

/** A column, by its name in the database. */
export interface Column {
  readonly name: string
  readonly kind: ColumnKind
  /** Whether the database may store something else than the statement says: generated, or filled by a trigger. Default `false`. */
  readonly computed?: boolean
  /** Whether an INSERT that does not name it gives it the next number of a sequence, which the database reports. Default `false`. */
  readonly generated?: boolean
}

/** Columns whose values together say what a query asks for: `['tenantId', 'status']`. */
export interface Scheme {
  readonly columns: readonly string[]
  /** Whether reads use it. `false` while processes still run that do not know it: these do not invalidate it. Default `true`. */
  readonly use?: boolean
}

/** What becomes of the rows that refer to one which is deleted, or gets another key. */
export type ReferentialAction = 'cascade' | 'set null' | 'set default' | 'none'

/** A foreign key of the table. */
export interface ForeignKey {
  readonly columns: readonly string[]
  readonly references: { readonly schema?: string; readonly table: string; readonly columns: readonly string[] }
  readonly onDelete: ReferentialAction
  readonly onUpdate: ReferentialAction
}

/** A table as the database knows it. */
export interface Table {
  /** Default: the catalog's `defaultSchema`. */
  readonly schema?: string
  readonly name: string
  readonly columns: readonly Column[]
  /** Primary key, unique keys, foreign keys, and what else queries pin. Those with an opaque column are left out. */
  readonly schemes: readonly Scheme[]
  readonly foreignKeys?: readonly ForeignKey[]
}
