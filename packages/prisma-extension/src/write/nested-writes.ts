import type { Model, ModelField } from '../schema/data-model.ts'
import type { ModelMap } from '../schema/model-map.ts'
import type { KnownTable } from '@larder/query-tags'
import { isRecord } from '../values/is-record.ts'

/** What nested writes change beside the row that they are written in. */
export interface NestedWrites {
  /** Tables of which any row may have changed. */
  readonly tables: Set<KnownTable>
  /** Fields of the row itself that a relation sets: its foreign keys. */
  readonly sets: Set<string>
}

type Verbs = Readonly<Record<string, unknown>>

/** Verbs that link or unlink rows that are there, by changing whatever holds the foreign key. */
const LINKING = new Set(['connect', 'connectOrCreate', 'disconnect', 'set'])
/** Verbs after which the row may be linked to another, or to none, as well. */
const MAKING = new Set(['create', 'createMany', 'upsert', 'delete', 'deleteMany'])

/** Adds what the nested writes in a row's data change, at any depth. */
export function addNestedWrites(
  map: ModelMap,
  model: Model,
  { data, into }: { readonly data: unknown; readonly into: NestedWrites },
): void {
  for (const row of rowsOf(data)) {
    for (const [name, verbs] of Object.entries(row)) {
      const field = map.field(model, name)
      if (field?.relation === undefined || !isRecord(verbs)) continue
      for (const [verb, what] of Object.entries(verbs))
        if (what !== undefined) addVerb(map, model, { field, verb, what, into })
    }
  }
}

function addVerb(
  map: ModelMap,
  model: Model,
  how: { readonly field: ModelField; readonly verb: string; readonly what: unknown; readonly into: NestedWrites },
): void {
  const { field, verb, what, into } = how
  const target = map.target(field)
  const relation = field.relation
  const link = map.linkTable(model, field)
  const holdsKey = relation !== undefined && relation.fields.length > 0
  const links = LINKING.has(verb) || MAKING.has(verb)
  if (links) {
    if (link !== undefined) into.tables.add(link)
    if (holdsKey) {
      for (const name of relation.fields) into.sets.add(name)
      // One to one: who was linked to that row before is so no longer.
      if (map.inverse(model, field)?.isList !== true) addTable(map, model, into)
    }
    if (link === undefined && !holdsKey) addTable(map, target, into)
    // Nobody knows which side has it.
    if (!map.complete) addTable(map, model, into)
  }
  const changes = !LINKING.has(verb) || verb === 'connectOrCreate'
  if (!changes) return
  addTable(map, target, into)
  for (const inner of innerData(verb, what)) {
    const nested: NestedWrites = { tables: into.tables, sets: new Set() }
    addNestedWrites(map, target, { data: inner, into: nested })
  }
}

/** The data of rows inside a verb's argument. */
function innerData(verb: string, what: unknown): readonly unknown[] {
  return rowsOf(what).flatMap((one): readonly unknown[] => {
    switch (verb) {
      case 'create':
        return [one]
      case 'createMany':
        return rowsOf(one['data'])
      case 'connectOrCreate':
        return [one['create']]
      case 'upsert':
        return [one['create'], one['update']]
      case 'update':
        // To one, the data may stand there without a name.
        return isRecord(one['data']) ? [one['data'], one] : [one]
      default:
        return []
    }
  })
}

function rowsOf(value: unknown): readonly Verbs[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter(isRecord)
}

function addTable(map: ModelMap, model: Model, into: NestedWrites): void {
  for (const table of map.tables(model) ?? []) into.tables.add(table)
}
