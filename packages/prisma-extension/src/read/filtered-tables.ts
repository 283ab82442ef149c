import type { KnownTable } from '@larder/query-tags'
import type { Model } from '../schema/data-model.ts'
import type { ModelMap } from '../schema/model-map.ts'
import { isRecord } from '../values/is-record.ts'

/** Tables that a part of a query reads as a whole. `unknown`: a view of which nobody told what it reads. */
export interface WholeTables {
  readonly tables: Set<KnownTable>
  readonly unknown: Set<string>
}

/** Adds the tables behind the relations that a `where` or `orderBy` of a model goes through, at any depth. */
export function addFilteredTables(
  map: ModelMap,
  model: Model,
  { part, into }: { readonly part: unknown; readonly into: WholeTables },
): void {
  if (Array.isArray(part)) {
    for (const one of part) addFilteredTables(map, model, { part: one, into })
    return
  }
  if (!isRecord(part)) return
  for (const [name, inner] of Object.entries(part)) {
    if (inner === undefined) continue
    const field = map.field(model, name)
    if (field?.relation !== undefined) {
      const target = map.target(field)
      addWhole(map, target, into)
      const link = map.linkTable(model, field)
      if (link !== undefined) into.tables.add(link)
      addFilteredTables(map, target, { part: inner, into })
    } else {
      // AND, OR, NOT, some, every, none, is, isNot, a key of several fields; any of them may be the name of a field as well.
      addFilteredTables(map, model, { part: inner, into })
    }
  }
}

/** Adds the tables that a model shows. */
export function addWhole(map: ModelMap, model: Model, into: WholeTables): void {
  const tables = map.tables(model)
  if (tables === undefined) into.unknown.add(model.name)
  for (const table of tables ?? []) into.tables.add(table)
}
