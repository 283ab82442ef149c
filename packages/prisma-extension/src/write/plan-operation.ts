import { coarseTags, databaseTag, planWrite, writeTags } from '@larder/query-tags'
import type { Change, KnownRows, KnownTable, StatementReader } from '@larder/query-tags'
import type { Model } from '../schema/data-model.ts'
import type { ModelMap } from '../schema/model-map.ts'
import { isRecord } from '../values/is-record.ts'
import { rawStatement } from '../values/raw-statement.ts'
import { countedRelations, selectedRelations } from '../read/result-tags.ts'
import { whereBranches } from '../read/where-branches.ts'
import { addNestedWrites } from './nested-writes.ts'
import type { NestedWrites } from './nested-writes.ts'

/** A write as a client's extension sees it. `result` is missing where it failed. */
export interface WriteOperation {
  readonly model: string | undefined
  readonly name: string
  readonly args: unknown
  readonly result?: unknown
}

type Row = Readonly<Record<string, unknown>>

const NOTHING: KnownRows = new Map()

/** The tags that an operation moves, as far as its arguments and its result tell. Coarse for what it writes in other models. */
export function planOperation(map: ModelMap, reader: StatementReader, operation: WriteOperation): ReadonlySet<string> {
  const { catalog } = map
  if (operation.model === undefined) return rawTags(map, reader, operation)
  const model = map.model(operation.model)
  const args: Row = isRecord(operation.args) ? operation.args : {}
  const nested: NestedWrites = { tables: new Set(), sets: new Set() }
  for (const part of ['data', 'create', 'update']) addNestedWrites(map, model, { data: args[part], into: nested })
  const tags = new Set<string>()
  for (const table of nested.tables) for (const tag of coarseTags(catalog, table)) tags.add(tag)
  const table = map.table(model)
  const own = map.complete && table !== undefined ? new Changes(map, model, { table, args, nested }) : undefined
  const changes = own?.of(operation)
  if (changes !== undefined) for (const tag of writeTags(catalog, changes)) tags.add(tag)
  else {
    const tables = map.tables(model)
    if (tables === undefined) tags.add(databaseTag(catalog.database))
    for (const one of tables ?? []) for (const tag of coarseTags(catalog, one)) tags.add(tag)
  }
  return tags
}

function rawTags(map: ModelMap, reader: StatementReader, { args }: WriteOperation): ReadonlySet<string> {
  const { sql, values } = rawStatement(args, map.catalog.dialect)
  const tags = new Set<string>()
  for (const statement of reader.read(sql))
    for (const tag of planWrite(map.catalog, statement, { parameters: values })) tags.add(tag)
  return tags
}

/** The changes of one model's rows; `undefined` where any may have changed. */
class Changes {
  readonly #map: ModelMap
  readonly #model: Model
  readonly #table: KnownTable
  readonly #args: Row
  readonly #nested: NestedWrites

  constructor(
    map: ModelMap,
    model: Model,
    how: { readonly table: KnownTable; readonly args: Row; readonly nested: NestedWrites },
  ) {
    this.#map = map
    this.#model = model
    this.#table = how.table
    this.#args = how.args
    this.#nested = how.nested
  }

  of({ name, result }: WriteOperation): readonly Change[] | undefined {
    const args = this.#args
    const answers = this.#answers(name, result)
    switch (name) {
      case 'create':
      case 'createMany':
      case 'createManyAndReturn':
        return this.#inserted(args['data'], answers)
      case 'update':
      case 'updateMany':
      case 'updateManyAndReturn':
        return this.#updated(name, args['data'], answers)
      case 'upsert':
        return [...this.#inserted(args['create'], answers), ...this.#updated(name, args['update'], answers)]
      case 'delete':
      case 'deleteMany':
        // With relations to show, the row is read in a statement of its own, before another deletes it.
        return this.#deleted(name, this.#isOneStatement(name) ? answers : undefined)
      default:
        return undefined
    }
  }

  #inserted(data: unknown, answers: readonly KnownRows[] | undefined): readonly Change[] {
    const rows = (Array.isArray(data) ? (data as unknown[]) : [data]).map((row) => (isRecord(row) ? row : {}))
    return rows.map((row, index): Change => {
      const after = new Map(this.#values(row))
      if (answers?.length === rows.length)
        for (const [column, values] of answers[index] ?? []) after.set(column, values)
      return { table: this.#table, after }
    })
  }

  #updated(name: string, data: unknown, answers: readonly KnownRows[] | undefined): readonly Change[] {
    const set = new Set([...(isRecord(data) ? Object.keys(data) : []), ...this.#nested.sets])
    const sets = new Set([...set].flatMap((name) => this.#map.column(this.#model, name) ?? []))
    for (const [name, column] of this.#table.columns) if (column.computed === true) sets.add(name)
    const values = isRecord(data) ? this.#values(data) : NOTHING
    return this.#where(name).flatMap((pinned) =>
      (answers ?? [NOTHING]).map((answer): Change => {
        // What the statement left alone was before what it is now.
        const before = new Map([...answer].filter(([column]) => !sets.has(column)))
        for (const [column, known] of pinned) if (!before.has(column)) before.set(column, known)
        const after = new Map([...before].filter(([column]) => !sets.has(column)))
        for (const [column, known] of [...values, ...answer]) after.set(column, known)
        return { table: this.#table, before, after, sets }
      }),
    )
  }

  #deleted(name: string, answers: readonly KnownRows[] | undefined): readonly Change[] {
    return this.#where(name).flatMap((pinned) =>
      (answers ?? [NOTHING]).map((answer) => ({ table: this.#table, before: new Map([...pinned, ...answer]) })),
    )
  }

  /** What is certain of the rows before: where one statement finds them and another changes them, only the key that both go by. */
  #where(name: string): readonly KnownRows[] {
    const branches = whereBranches(this.#map, this.#model, this.#args['where'])
    if (this.#isOneStatement(name)) return branches
    const key = new Set((this.#model.keys[0] ?? []).map((field) => this.#map.column(this.#model, field)))
    return branches.map((branch) => new Map([...branch].filter(([column]) => key.has(column))))
  }

  /** Whether the rows are found by the same statement that changes them. */
  #isOneStatement(name: string): boolean {
    if (name.includes('Many')) return true
    if (name === 'upsert' || this.#map.catalog.dialect === 'mysql') return false
    const args = this.#args
    if (this.#nested.tables.size > 0 || this.#nested.sets.size > 0) return false
    return (
      selectedRelations(this.#map, this.#model, args).length === 0 &&
      countedRelations(this.#map, this.#model, args).length === 0
    )
  }

  /** The rows that an operation answered with. Not for MySQL: there Prisma reads them in a statement of their own. */
  #answers(name: string, result: unknown): readonly KnownRows[] | undefined {
    if (
      this.#map.catalog.dialect === 'mysql' ||
      name === 'createMany' ||
      name === 'updateMany' ||
      name === 'deleteMany'
    )
      return undefined
    const rows = (Array.isArray(result) ? (result as unknown[]) : [result]).filter(isRecord)
    if (rows.length === 0 && !Array.isArray(result)) return undefined
    return rows.map((row) => this.#values(row))
  }

  /** The columns of a row whose values are known: not those that the database computes. */
  #values(row: Row): KnownRows {
    const known = new Map<string, readonly string[]>()
    for (const [name, written] of Object.entries(row)) {
      const value = isRecord(written) && 'set' in written ? written['set'] : written
      const canonical = this.#map.canonical(this.#model, name, value)
      const column = this.#map.column(this.#model, name)
      if (canonical !== undefined && column !== undefined && this.#table.columns.get(column)?.computed !== true)
        known.set(column, [canonical])
    }
    return known
  }
}
