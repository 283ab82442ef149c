import type { KnownTable } from '../catalog/catalog.ts'
import { combinations } from './known-rows.ts'
import type { KnownRows } from './known-rows.ts'
import { anyRowsTag, schemeTag, tableTag, wildcardTag } from './tag-names.ts'

/**
 * The tags of what was read from a table, where only rows that fit one of the branches matter. A branch that pins no scheme means the whole table.
 * These, and {@link writeTags}, are the algebra: a change that concerns a row of a branch moves one of its tags.
 */
export function readTags(table: KnownTable, branches: readonly KnownRows[]): readonly string[] {
  const tags = new Set<string>()
  for (const branch of branches) {
    const pinned = pinnedScheme(table, branch)
    if (pinned === undefined) return [tableTag(table)]
    for (const values of pinned.combinations) tags.add(schemeTag(table, pinned.columns, values))
    tags.add(wildcardTag(table, pinned.columns))
    tags.add(anyRowsTag(table))
  }
  return [...tags]
}

/** The longest scheme all of whose columns the branch pins. */
function pinnedScheme(
  table: KnownTable,
  branch: KnownRows,
): { readonly columns: readonly string[]; readonly combinations: readonly (readonly string[])[] } | undefined {
  for (const { columns, use } of table.schemes) {
    const found = use ? combinations(branch, columns) : undefined
    if (found !== undefined) return { columns, combinations: found }
  }
  return undefined
}
