import type { RelationName } from '../sql/name.ts'
import type { Branch } from './condition.ts'

/** A table or view as a query names it in FROM. */
export interface Relation {
  readonly name: RelationName
  /** How the query calls it, folded. */
  readonly alias: string
  /** `outer`: the right side of a LEFT JOIN, which has no row where nothing matches. */
  readonly join: 'inner' | 'outer'
  /** What its ON says. */
  readonly on: Branch
  /** Whether its ON says nothing but that two columns are equal. */
  readonly onlyLinked: boolean
}

/** A query as far as it matters to what it depends on. */
export interface Query {
  /** The relations of its own FROM, in order. Empty, with all of them in `others`, where FROM holds more than names joined by INNER and LEFT JOIN. */
  readonly relations: readonly Relation[]
  /** The relations in subqueries, set operations and common table expressions. */
  readonly others: readonly RelationName[]
  readonly condition: readonly Branch[]
  /** Names that common table expressions give, folded: a relation of that name need not be a table. */
  readonly shadows: ReadonlySet<string>
  /** Functions called anywhere, folded. */
  readonly functions: readonly string[]
  /** Whether each row of the result is one combination of rows, none left out but by WHERE, LIMIT and inner joins. */
  readonly plainRows: boolean
  /** Aliases that WHERE, inner joins, and ORDER BY under a LIMIT use; `undefined` if some use could belong to any. */
  readonly filteredBy: ReadonlySet<string> | undefined
  readonly limited: boolean
  /** Output columns that are plain columns: `alias.column` folded by the dialect, to the name in the rows. */
  readonly outputs: ReadonlyMap<string, string>
  /** Where its whole FROM is one subquery, and nothing but columns of that are selected. */
  readonly derived: Derived | undefined
  /** Why it must not be cached, if it must not. */
  readonly refusal: string | undefined
}

/** A subquery in FROM: what TypeORM makes of pages with joins. */
export interface Derived {
  readonly query: Query
  /** Whether equal rows count once. */
  readonly distinct: boolean
  /** Its relations, by alias, whose columns are selected or decide the order; `undefined` if that is not certain. */
  readonly uses: ReadonlySet<string> | undefined
}
