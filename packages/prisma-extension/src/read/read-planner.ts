import { stableHash } from '@larder/core'
import { databaseTag, planRead, queryKey, readTags, tableTag } from '@larder/query-tags'
import type { KnownRows, KnownTable, StatementReader } from '@larder/query-tags'
import type { ExtensionOptions } from '../options/extension-options.ts'
import type { Model } from '../schema/data-model.ts'
import type { ModelMap } from '../schema/model-map.ts'
import { isRecord } from '../values/is-record.ts'
import { keyForm } from '../values/key-form.ts'
import { rawStatement } from '../values/raw-statement.ts'
import { addFilteredTables, addWhole } from './filtered-tables.ts'
import type { WholeTables } from './filtered-tables.ts'
import { countedRelations, resultTags, selectedRelations } from './result-tags.ts'
import { whereBranches } from './where-branches.ts'

/** Changes when the form of kept results does. */
const RESULT_FORMAT = 1
/** Tags of one query; with more, it depends on whole tables. Core allows 256, late ones included. */
const MOST_TAGS = 128

/** One operation of a client. */
export interface Operation {
  /** `undefined` for raw SQL. */
  readonly model: string | undefined
  readonly name: string
  readonly args: unknown
  /** Where in the result the answer stands: `findUnique().posts()`. */
  readonly dataPath: readonly string[]
  /** Fields that the client leaves out everywhere. */
  readonly omitted: unknown
}

/** One query that is to be cached. */
export interface QueryPlan {
  readonly key: string
  /** All tags known before it runs. */
  readonly tags: readonly string[]
  /** The tags that its result tells. */
  readonly late: (result: unknown) => readonly string[]
  /** The tags of the tables that its late tags speak of. */
  readonly lateTables: readonly string[]
  /** The relations whose rows it finds out by its result. */
  readonly found: readonly string[]
  /** Why a dependency is coarse. */
  readonly notes: readonly string[]
}

/** A plan, or why there is none. */
export type Planned =
  { readonly kind: 'plan'; readonly plan: QueryPlan } | { readonly kind: 'bypass'; readonly why: string }

/** Plans the caching of a client's operations: key, tags, and what must not be cached. */
export class ReadPlanner {
  readonly #map: ModelMap
  readonly #reader: StatementReader
  readonly #options: ExtensionOptions
  readonly #shape: string
  readonly #forbidden: ReadonlySet<KnownTable>

  constructor(map: ModelMap, reader: StatementReader, options: ExtensionOptions) {
    this.#map = map
    this.#reader = reader
    this.#options = options
    this.#shape = stableHash([RESULT_FORMAT, map.catalog.dialect, map.models])
    const never = map.models.filter((model) => options.models?.[model.name] === false)
    this.#forbidden = new Set(never.flatMap((model) => map.tables(model) ?? []))
  }

  plan(operation: Operation): Planned {
    const scope = this.#options.scope?.() ?? null
    if (scope === null && this.#options.scopeRequired === true) return bypass('it has no scope')
    const read =
      operation.model === undefined ? this.#raw(operation) : this.#query(this.#map.model(operation.model), operation)
    if (read.kind === 'bypass') return read
    try {
      const { database } = this.#map.catalog
      const text = `prisma ${operation.model ?? ''}.${operation.name}`
      const { dataPath, omitted } = operation
      const args =
        operation.model === undefined ? rawStatement(operation.args, this.#map.catalog.dialect) : operation.args
      const identity = { database, scope, shape: this.#shape, text }
      const key = queryKey({ ...identity, parameters: [keyForm(args), dataPath, keyForm(omitted)] })
      return { kind: 'plan', plan: { ...read.plan, key } }
    } catch {
      return bypass('an argument is no data that could be part of a key')
    }
  }

  #query(model: Model, { name, args, dataPath }: Operation): Planned {
    const map = this.#map
    const notes: string[] = []
    const into: WholeTables = { tables: new Set(), unknown: new Set() }
    const relations = new Set<string>()
    const late = new Set<KnownTable>()
    this.#collect(model, args, { into, relations, late, found: dataPath.length === 0 })
    const table = map.table(model)
    if (table === undefined) addWhole(map, model, into)
    if (into.unknown.size > 0)
      return bypass(`it reads ${[...into.unknown].join(', ')}, a view: declare it in the option "views"`)
    if (
      [...into.tables, ...(table === undefined ? [] : [table])].some((one) => this.#forbidden.has(one)) ||
      this.#forbids(relations)
    )
      return bypass('it reads a model that is never cached')
    const own = table === undefined ? [] : readTags(table, this.#branches(model, args))
    if (table !== undefined && own.includes(tableTag(table)))
      notes.push(`any change of ${table.name} counts: nothing pins one of its keys to values`)
    for (const one of into.tables)
      notes.push(`any change of ${one.name} counts: rows are chosen, ordered or shown by it`)
    const whole = [...into.tables].map(tableTag)
    const apart = own.length + whole.length <= MOST_TAGS || table === undefined ? own : [tableTag(table)]
    const tags = [databaseTag(map.catalog.database), ...apart, ...whole]
    const isList = dataPath.length === 0 && /^find/.test(name)
    const plan: QueryPlan = {
      key: '',
      tags: [...new Set(tags)],
      late: (result) => (isList ? resultTags(map, model, { args, result }) : []),
      lateTables: [...late].map(tableTag),
      found: [...relations],
      notes,
    }
    return { kind: 'plan', plan }
  }

  /** Rows of the model that matter: those that `where` lets through, and the one that a cursor starts at. */
  #branches(model: Model, args: unknown): readonly KnownRows[] {
    if (!isRecord(args)) return [new Map()]
    const branches = whereBranches(this.#map, model, args['where'])
    return args['cursor'] === undefined ? branches : [...branches, ...whereBranches(this.#map, model, args['cursor'])]
  }

  #collect(
    model: Model,
    args: unknown,
    how: {
      readonly into: WholeTables
      readonly relations: Set<string>
      readonly late: Set<KnownTable>
      readonly found: boolean
    },
  ): void {
    if (!isRecord(args)) return
    const map = this.#map
    const { into, found } = how
    for (const name of ['where', 'orderBy', 'cursor', 'having'] as const)
      addFilteredTables(map, model, { part: args[name], into })
    for (const [field, inner] of [...selectedRelations(map, model, args), ...countedRelations(map, model, args)]) {
      const target = map.target(field)
      const link = map.linkTable(model, field)
      how.relations.add(target.name)
      for (const table of [...(map.tables(target) ?? []), ...(link === undefined ? [] : [link])]) how.late.add(table)
      // What stands somewhere inside the answer is not looked for there.
      if (!found || map.table(target) === undefined) addWhole(map, target, into)
      if (!found && link !== undefined) into.tables.add(link)
      this.#collect(target, inner, how)
    }
  }

  #forbids(models: ReadonlySet<string>): boolean {
    return [...models].some((name) => this.#options.models?.[name] === false)
  }

  #raw({ name, args }: Operation): Planned {
    const { sql, values } = rawStatement(args, this.#map.catalog.dialect)
    if (!name.startsWith('$queryRaw')) return bypass('it is not a query')
    const read = planRead(this.#map.catalog, this.#reader.read(sql), values)
    if (read.kind === 'uncacheable') return bypass(read.why)
    // Results of raw queries are typed by the database: what its columns are called is not known for certain.
    const whole = read.late.map(({ table }) => tableTag(table))
    const tags = [...new Set([...read.tags, ...whole])]
    if (this.#forbidden.size > 0) {
      const never = [...this.#forbidden].flatMap((table) => [`t:${table.id}`, `c:${table.id}`])
      if (tags.some((tag) => never.includes(tag))) return bypass('it reads a model that is never cached')
    }
    return { kind: 'plan', plan: { key: '', tags, late: () => [], lateTables: [], found: [], notes: read.notes } }
  }
}

function bypass(why: string): { readonly kind: 'bypass'; readonly why: string } {
  return { kind: 'bypass', why }
}
