import type { Identifier, RelationName } from '../sql/name.ts'
import type { Branch, ValueSource } from './condition.ts'
import type { Query } from './relation.ts'

/** A column and what it is set to; `undefined` for what the database computes. */
export interface Assignment {
  readonly column: Identifier
  readonly value: ValueSource | undefined
}

/** What an INSERT does about rows that are there already. */
export type OnConflict =
  | { readonly kind: 'fail' }
  /** Changes the row. `target`: the columns that are equal in it, if they are said. */
  | { readonly kind: 'update'; readonly target: readonly Identifier[]; readonly set: readonly Assignment[] }
  /** Deletes it first. */
  | { readonly kind: 'replace' }

/** One change of one table. */
export type Write =
  | {
      readonly kind: 'insert'
      readonly table: RelationName
      /** Each row's known values; `undefined` if they come from a query, or the columns are not named. */
      readonly rows: readonly (readonly Assignment[])[] | undefined
      readonly onConflict: OnConflict
      readonly returning: Returning
    }
  | {
      readonly kind: 'update'
      readonly table: RelationName
      readonly alias: string
      readonly set: readonly Assignment[]
      readonly condition: readonly Branch[]
      readonly returning: Returning
    }
  | {
      readonly kind: 'delete'
      readonly table: RelationName
      readonly alias: string
      readonly condition: readonly Branch[]
      readonly returning: Returning
    }
  /** All rows. `cascade`: also of the tables that refer to it. */
  | { readonly kind: 'truncate'; readonly table: RelationName; readonly cascade: boolean }
  /** Nobody can tell which rows. */
  | { readonly kind: 'rewrite'; readonly table: RelationName }
  /** It was not there before, or is replaced. */
  | { readonly kind: 'define'; readonly table: RelationName }

/** What a change answers about its rows. `at`: where in the text a RETURNING could be added. */
export type Returning =
  | { readonly kind: 'none'; readonly at: number | undefined }
  /** Columns as they are named in the rows, by folded name; `'*'`: all, under their own names. */
  | { readonly kind: 'columns'; readonly columns: ReadonlyMap<string, string> | '*' }

/** What a statement does, as far as a cache has to know. */
export type Statement =
  | { readonly kind: 'query'; readonly query: Query }
  | { readonly kind: 'write'; readonly writes: readonly Write[]; readonly functions: readonly string[] }
  | { readonly kind: 'transaction'; readonly step: TransactionStep }
  /** Changes what later statements of the connection mean: settings, the role, temporary tables. */
  | { readonly kind: 'session'; readonly change: 'alter'; readonly names: readonly string[] }
  /** Back to how the session began. */
  | { readonly kind: 'session'; readonly change: 'reset'; readonly names: readonly string[] }
  | {
      readonly kind: 'session'
      readonly change: 'reset'
      readonly names: 'all'
      readonly except: readonly string[]
    }
  /** Reads nothing that is cached and changes nothing. */
  | { readonly kind: 'harmless' }
  /** May do anything. */
  | { readonly kind: 'unknown'; readonly why: string }

/**
 * A step of a transaction. `name`: the savepoint's, folded. `chain`: the next transaction begins at once. `autocommit`: from here on, changes outside of
 * transactions are committed by themselves (`true`), or each COMMIT begins the next transaction (`false`).
 */
export type TransactionStep =
  | { readonly kind: 'begin'; readonly autocommit?: false }
  | { readonly kind: 'commit'; readonly chain: boolean; readonly autocommit?: true }
  | { readonly kind: 'rollback'; readonly chain: boolean }
  | { readonly kind: 'savepoint' | 'release' | 'rollback-to'; readonly name: string }
