import { stableHash } from '@larder/core'
import { planRead, queryKey, tablesOf, tableTag } from '@larder/query-tags'
import type { Catalog, StatementReader } from '@larder/query-tags'
import type { InstallOptions } from '../options/install-options.ts'
import type { Caching } from './caching-of.ts'
import { nameTags } from './name-tags.ts'
import type { Planned } from './query-plan.ts'

/** Changes when the form of kept rows does. */
const ROW_FORMAT = 1

/** Plans the caching of queries: key, tags, and what must not be cached. */
export class QueryPlanner {
  readonly #catalog: Catalog
  readonly #reader: StatementReader
  readonly #options: InstallOptions
  readonly #shape: string
  /** Tables whose content must not get into the cache. */
  readonly #forbidden: ReadonlySet<string>

  constructor(how: {
    readonly catalog: Catalog
    readonly reader: StatementReader
    readonly options: InstallOptions
    readonly forbiddenTables: readonly string[]
    /** What tells the database, and what its names mean, from others. */
    readonly identity: readonly unknown[]
  }) {
    this.#catalog = how.catalog
    this.#reader = how.reader
    this.#options = how.options
    this.#forbidden = new Set(how.forbiddenTables)
    const tables = this.#catalog
      .tables()
      .map((table) => [table.id, [...table.columns.values()].map((column) => [column.name, column.kind])])
    this.#shape = stableHash([ROW_FORMAT, this.#catalog.dialect, how.identity, tables])
  }

  plan(sql: string, parameters: readonly unknown[], caching: Caching): Planned {
    const scope = this.#options.scope?.() ?? null
    if (scope === null && this.#options.scopeRequired === true) return { kind: 'bypass', why: 'it has no scope' }
    const read = planRead(this.#catalog, this.#reader.read(sql), parameters)
    if (read.kind === 'uncacheable') return { kind: 'bypass', why: read.why }
    const tables = tablesOf([...read.tags, ...read.late.map(({ table }) => tableTag(table))])
    if (tables.some((table) => this.#forbidden.has(table)))
      return { kind: 'bypass', why: 'it reads an entity that is never cached' }
    const { database } = this.#catalog
    try {
      const key = queryKey({ database, scope, shape: this.#shape, text: sql, parameters })
      const named = caching.name === undefined ? [] : nameTags(database, caching.name)
      return {
        kind: 'plan',
        plan: {
          key,
          sql,
          parameters,
          caching,
          tags: [...read.tags, ...named, ...(caching.tags ?? [])],
          late: read.late,
          notes: read.notes,
        },
      }
    } catch {
      return { kind: 'bypass', why: 'a parameter is no data that could be part of a key' }
    }
  }
}
