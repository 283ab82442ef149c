import type { Catalog, KnownTable } from '../catalog/catalog.ts'
import { folded } from '../sql/name.ts'
import type { Identifier } from '../sql/name.ts'
import { canonicalValue } from './canonical-value.ts'

/**
 * What is known of some rows: for a column, by its folded name, the canonical values of which each of the rows has one. A column that is missing
 * may have any value.
 */
export type KnownRows = ReadonlyMap<string, readonly string[]>

/** Combinations of values that are told apart; with more, nothing is said about a scheme. */
const MOST_COMBINATIONS = 64

/** The combinations of values that rows may have in the columns of a scheme; `undefined` if they are not known, or too many. */
export function combinations(rows: KnownRows, columns: readonly string[]): readonly (readonly string[])[] | undefined {
  let found: readonly (readonly string[])[] = [[]]
  for (const column of columns) {
    const values = rows.get(column)
    if (values === undefined || values.length * found.length > MOST_COMBINATIONS) return undefined
    found = found.flatMap((before) => values.map((value) => [...before, value]))
  }
  return found
}

/** The column's folded name and the canonical forms of the values; `undefined` if one has none, or the table no such column. */
export function knownValues(
  catalog: Catalog,
  table: KnownTable,
  what: { readonly column: Identifier; readonly values: readonly unknown[] },
): { readonly column: string; readonly values: readonly string[] } | undefined {
  const name = folded(what.column, catalog.dialect)
  const column = table.columns.get(name)
  if (column === undefined) return undefined
  const values = new Set<string>()
  for (const value of what.values) {
    const canonical = canonicalValue(value, column.kind)
    if (canonical === undefined) return undefined
    values.add(canonical)
  }
  return { column: name, values: [...values] }
}
