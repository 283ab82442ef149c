import type { ReferentialAction } from '@larder/query-tags'

/** One side of a relation. */
export interface ModelRelation {
  /** The same on both sides. */
  readonly name: string
  /** The foreign key, where this side has it; empty on the other side, and for many to many. */
  readonly fields: readonly string[]
  readonly references: readonly string[]
  readonly onDelete: ReferentialAction
  readonly onUpdate: ReferentialAction
}

/** A field of a model. */
export interface ModelField {
  readonly name: string
  /** Its name in the database. */
  readonly column: string
  /** `Int`, `String`, the name of an enum or of a model. */
  readonly type: string
  readonly isList: boolean
  /** `Uuid` for `@db.Uuid`. */
  readonly nativeType?: string | undefined
  readonly isEnum: boolean
  /** Of an enum, the values that the database calls something else, with what it calls them. */
  readonly mapped?: Readonly<Record<string, string>> | undefined
  /** Whether the database counts it up: `autoincrement()`. */
  readonly generated: boolean
  readonly relation?: ModelRelation | undefined
}

/** A model, with what its table guarantees. */
export interface Model {
  readonly name: string
  readonly table: string
  readonly schema?: string | undefined
  readonly isView: boolean
  readonly fields: readonly ModelField[]
  /** Fields of the primary key and of each unique key, the primary key first; empty where they are not known. */
  readonly keys: readonly (readonly string[])[]
}

/** What the cache knows of a Prisma schema. */
export interface DataModel {
  readonly models: readonly Model[]
  /** Whether keys, columns and referential actions are known. If not, whole tables are what is read and changed. */
  readonly complete: boolean
}
