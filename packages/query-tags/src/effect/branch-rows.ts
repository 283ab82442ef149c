import type { Catalog, KnownTable } from '../catalog/catalog.ts'
import type { Branch, ColumnUse } from '../statement/condition.ts'
import { knownValues } from '../tag/known-rows.ts'
import type { KnownRows } from '../tag/known-rows.ts'
import { valuesOf } from './values.ts'

/** What a condition says about the rows of one table. `owns` tells its columns from those of other relations. */
export function branchRows(
  catalog: Catalog,
  table: KnownTable,
  how: {
    readonly branch: Branch
    readonly parameters: readonly unknown[]
    readonly owns: (use: ColumnUse) => boolean
    /** Whether IS NULL is about its rows, not about there being none. Default `true`. */
    readonly nulls?: boolean
  },
): KnownRows {
  const rows = new Map<string, readonly string[]>()
  for (const pin of how.branch.pins) {
    if (!how.owns(pin.use) || (pin.isNull && how.nulls === false)) continue
    const values = pin.values.flatMap((source) => valuesOf(source, how.parameters) ?? [undefined])
    // An = matches no NULL: it adds nothing to the rows in question.
    const meant = pin.isNull ? values : values.filter((value) => value !== null)
    const known = knownValues(catalog, table, { column: pin.use.column, values: meant })
    if (known !== undefined && !rows.has(known.column)) rows.set(known.column, known.values)
  }
  return rows
}
