import { readTags, tableTag } from '@larder/query-tags'
import type { KnownTable } from '@larder/query-tags'
import type { Model, ModelField } from '../schema/data-model.ts'
import type { ModelMap } from '../schema/model-map.ts'
import { isRecord } from '../values/is-record.ts'
import { addWhole } from './filtered-tables.ts'

type Row = Readonly<Record<string, unknown>>

/** Tags found in one result; with more, whole tables stand for them. */
const MOST_TAGS = 100

/** The relations that a selection goes through: `include`, `select`, and the numbers in `_count`. */
export function selectedRelations(
  map: ModelMap,
  model: Model,
  args: unknown,
): readonly (readonly [ModelField, unknown])[] {
  if (!isRecord(args)) return []
  const found: (readonly [ModelField, unknown])[] = []
  for (const part of [args['include'], args['select']]) {
    if (!isRecord(part)) continue
    for (const [name, inner] of Object.entries(part)) {
      const field = map.field(model, name)
      if (field?.relation !== undefined && inner !== undefined && inner !== false) found.push([field, inner])
    }
  }
  return found
}

/** The relations that `_count` counts, with what it says of each. */
export function countedRelations(
  map: ModelMap,
  model: Model,
  args: unknown,
): readonly (readonly [ModelField, unknown])[] {
  if (!isRecord(args)) return []
  return [args['include'], args['select']].flatMap((part) => {
    const count = isRecord(part) ? part['_count'] : undefined
    if (count === undefined || count === false) return []
    const chosen = isRecord(count) && isRecord(count['select']) ? count['select'] : undefined
    const names = chosen === undefined ? model.fields.map((field) => field.name) : Object.keys(chosen)
    return names.flatMap((name) => {
      const field = map.field(model, name)
      const inner = chosen?.[name]
      return field?.relation === undefined || inner === false ? [] : [[field, inner] as const]
    })
  })
}

/** The tags of rows that a result holds, or leaves out, by the relations that its query goes through. */
export function resultTags(
  map: ModelMap,
  model: Model,
  { args, result }: { readonly args: unknown; readonly result: unknown },
): readonly string[] {
  const walk = new Walk(map)
  walk.rows(model, args, rowsOf(result))
  return walk.tags()
}

function rowsOf(value: unknown): readonly Row[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter(isRecord)
}

class Walk {
  readonly #map: ModelMap
  readonly #tags = new Set<string>()
  readonly #tables = new Set<KnownTable>()
  readonly #met = new Set<KnownTable>()

  constructor(map: ModelMap) {
    this.#map = map
  }

  tags(): readonly string[] {
    const whole = [...this.#tables].map(tableTag)
    if (this.#tags.size + whole.length <= MOST_TAGS) return [...whole, ...this.#tags]
    return [...new Set([...whole, ...[...this.#met].map(tableTag)])]
  }

  rows(model: Model, args: unknown, rows: readonly Row[]): void {
    for (const [field, inner] of selectedRelations(this.#map, model, args)) {
      const target = this.#map.target(field)
      const nested = rows.flatMap((row) => rowsOf(row[field.name]))
      this.#linked(model, field, rows)
      if (this.#map.isManyToMany(model, field)) this.#shown(target, inner, nested)
      this.rows(target, inner, nested)
    }
    for (const [field, inner] of countedRelations(this.#map, model, args)) {
      this.#linked(model, field, rows)
      // What is linked is counted only if it fits.
      if (isRecord(inner)) this.#whole(this.#map.target(field))
    }
  }

  /** What decides which rows are linked to these. */
  #linked(model: Model, field: ModelField, rows: readonly Row[]): void {
    const map = this.#map
    const relation = field.relation
    const target = map.target(field)
    const link = map.linkTable(model, field)
    if (link !== undefined) return this.#links(model, link, { other: target, rows })
    if (relation !== undefined && relation.fields.length > 0)
      return this.#pinned(target, { own: relation.fields, other: relation.references, model, rows, nested: field.name })
    const back = map.inverse(model, field)?.relation
    if (back === undefined || back.fields.length === 0) return this.#whole(target)
    this.#pinned(target, { own: back.references, other: back.fields, model, rows })
  }

  #links(
    model: Model,
    link: KnownTable,
    { other, rows }: { readonly other: Model; readonly rows: readonly Row[] },
  ): void {
    const id = model.keys[0]?.[0]
    const column = model.name < other.name ? 'A' : 'B'
    const name = this.#map.catalog.dialect === 'postgres' ? column : column.toLowerCase()
    this.#met.add(link)
    for (const row of rows) {
      const value = id === undefined ? undefined : this.#map.canonical(model, id, row[id])
      if (value === undefined || model.name === other.name) return void this.#tables.add(link)
      this.#add(readTags(link, [new Map([[name, [value]]])]))
    }
  }

  /** The rows of `target` whose `other` fields equal the `own` ones of these rows. */
  #pinned(
    target: Model,
    how: {
      readonly own: readonly string[]
      readonly other: readonly string[]
      readonly model: Model
      readonly rows: readonly Row[]
      /** Where the row that was found stands, if its fields may tell what these do not. */
      readonly nested?: string
    },
  ): void {
    const table = this.#map.table(target)
    if (table === undefined) return this.#whole(target)
    this.#met.add(table)
    for (const row of how.rows) {
      const found = how.nested === undefined ? undefined : row[how.nested]
      const pins = new Map<string, readonly string[]>()
      for (const [index, name] of how.own.entries()) {
        const other = how.other[index] as string
        const value = row[name] === undefined && isRecord(found) ? found[other] : row[name]
        const canonical = this.#map.canonical(target, other, value)
        if (canonical === undefined) return this.#whole(target)
        pins.set(this.#map.column(target, other) as string, [canonical])
      }
      // NULL refers to nothing.
      if (![...pins.values()].some(([value]) => value === '~')) this.#add(readTags(table, [pins]))
    }
  }

  /** Rows that were found through links: each by its own key, unless others might take their places. */
  #shown(target: Model, args: unknown, rows: readonly Row[]): void {
    const table = this.#map.table(target)
    const [key] = target.keys
    const chosen =
      isRecord(args) &&
      ['where', 'take', 'skip', 'cursor', 'distinct', 'orderBy'].some((name) => args[name] !== undefined)
    if (table === undefined || key === undefined || chosen) return this.#whole(target)
    this.#met.add(table)
    for (const row of rows) {
      const values = key.map((name) => this.#map.canonical(target, name, row[name]))
      if (values.includes(undefined)) return this.#whole(target)
      const pins = key.map(
        (name, index) => [this.#map.column(target, name) as string, [values[index] as string]] as const,
      )
      this.#add(readTags(table, [new Map(pins)]))
    }
  }

  #whole(model: Model): void {
    addWhole(this.#map, model, { tables: this.#tables, unknown: new Set() })
  }

  #add(tags: readonly string[]): void {
    for (const tag of tags) this.#tags.add(tag)
  }
}
