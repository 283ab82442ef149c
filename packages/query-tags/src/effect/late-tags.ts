import { canonicalValue } from '../tag/canonical-value.ts'
import { readTags } from '../tag/read-tags.ts'
import { tableTag } from '../tag/tag-names.ts'
import type { LateDependency } from './read-plan.ts'

/** Late tags of one result; with more, whole tables stand for them. */
const MOST_TAGS = 100

/** The tags that are known once the rows are: what the rows of joined tables hang on. */
export function lateTags(
  late: readonly LateDependency[],
  rows: readonly Readonly<Record<string, unknown>>[],
): readonly string[] {
  const tags = new Set<string>()
  for (const { table, column, output } of late) {
    const kind = table.columns.get(column)?.kind ?? 'opaque'
    const values = new Set<string | undefined>()
    for (const row of rows) {
      const value = row[output]
      // NULL joins nothing. A column that is not there is not understood.
      if (value !== null) values.add(value === undefined ? undefined : canonicalValue(value, kind))
    }
    if (values.has(undefined) || values.size > MOST_TAGS) tags.add(tableTag(table))
    else
      for (const value of values)
        for (const tag of readTags(table, [new Map([[column, [value as string]]])])) tags.add(tag)
  }
  return tags.size <= MOST_TAGS ? [...tags] : [...new Set(late.map(({ table }) => tableTag(table)))]
}
