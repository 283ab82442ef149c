import type { CacheManager } from '@larder/core'
import { canonicalValue, coarseTags, databaseTag, writeTags } from '@larder/query-tags'
import type { KnownTable, Observer, QueryStats, RelationName } from '@larder/query-tags'
import type { DataSource, EntityMetadata, EntityTarget, ObjectLiteral, SelectQueryBuilder } from 'typeorm'
import type { InstallOptions } from './options/install-options.ts'
import type { Builder } from './read/builder.ts'
import { bypassOf } from './read/bypass-of.ts'
import { currentContext } from './read/cache-context.ts'
import { cachingOf } from './read/caching-of.ts'
import type { QueryPlanner } from './read/query-planner.ts'
import type { StatementWatcher } from './write/statement-watcher.ts'

/** What the cache knows of a query. */
export type Explanation =
  | {
      readonly cached: true
      readonly key: string
      readonly ttl: string | number
      /** The tags that it carries before its rows are known. */
      readonly tags: readonly string[]
      /** The tables whose rows it finds out by its own: one tag for each value in that column of the result. */
      readonly late: readonly string[]
      /** Why a dependency is coarser than it might be. */
      readonly notes: readonly string[]
    }
  | { readonly cached: false; readonly why: string }

/** What `installCache` gives. */
export interface CacheHandle extends AsyncDisposable {
  /** Invalidates what was read of one row, or of a whole entity: after changes that the plugin cannot see. */
  invalidate<T extends ObjectLiteral>(entity: EntityTarget<T>, id?: unknown): Promise<void>
  /** Invalidates everything that carries one of your own tags. */
  invalidateTags(tags: readonly string[]): Promise<void>
  /** Invalidates everything read from this database. */
  invalidateAll(): Promise<void>
  /** Tells key and dependencies of a query, and why it is coarse or not cached, without running it. */
  explain<T extends ObjectLiteral>(query: SelectQueryBuilder<T>): Explanation
  /** What happened so far. */
  stats(): QueryStats
  /** Ends the plugin's work: TypeORM is as it was before. What the cache holds stays. Idempotent. */
  uninstall(): Promise<void>
}

/** Makes the handle of an installed cache. */
export function createHandle(parts: {
  readonly dataSource: DataSource
  readonly manager: CacheManager
  readonly planner: QueryPlanner
  readonly watcher: StatementWatcher
  readonly observer: Observer
  readonly options: InstallOptions
  readonly uninstall: () => void
}): CacheHandle {
  const { manager, watcher, observer } = parts
  let installed = true
  const uninstall = async (): Promise<void> => {
    if (installed) parts.uninstall()
    installed = false
  }
  return {
    async invalidate(entity, id) {
      const tags = [...changedTags(parts.dataSource, watcher, { entity, id })]
      await manager.invalidateTags(...tags)
    },
    invalidateTags: (tags) => manager.invalidateTags(...tags),
    invalidateAll: () => manager.invalidateTags(databaseTag(watcher.catalog.database)),
    // Its runner is protected, and there.
    explain: (query) => explain(query as unknown as Builder, parts),
    stats: () => observer.stats,
    uninstall,
    [Symbol.asyncDispose]: uninstall,
  }
}

function explain(
  builder: Builder,
  { planner, watcher, options }: Pick<Parameters<typeof createHandle>[0], 'planner' | 'watcher' | 'options'>,
): Explanation {
  const caching = cachingOf(builder, options)
  if (caching === undefined) return { cached: false, why: notAsked(builder, options) }
  const why = bypassOf(builder, { connections: watcher.connections, runner: builder.queryRunner })
  if (why !== undefined) return { cached: false, why }
  const planned = planner.plan(...builder.getQueryAndParameters(), caching)
  if (planned.kind === 'bypass') return { cached: false, why: planned.why }
  const { key, tags, late, notes } = planned.plan
  const lately = late.map(({ table, column, output }) => `${table.name} by ${column} = ${output}`)
  return { cached: true, key, ttl: caching.ttl, tags, late: lately, notes }
}

function notAsked(builder: Builder, options: InstallOptions): string {
  const { cache, mainAlias } = builder.expressionMap
  if (cache === false) return 'it says so: cache: false'
  if (currentContext() === 'off') return 'the code around says so: noCache'
  return mainAlias?.hasMetadata === true && options.entities?.[mainAlias.metadata.name] === false
    ? `${mainAlias.metadata.name} is never cached`
    : 'nobody asked for it: use cache: true, withCache, or the mode opt-out'
}

function changedTags(
  dataSource: DataSource,
  { catalog }: StatementWatcher,
  what: { readonly entity: EntityTarget<ObjectLiteral>; readonly id: unknown },
): ReadonlySet<string> {
  const metadata = dataSource.getMetadata(what.entity)
  const name = metadata.schema === undefined ? metadata.tableName : `${metadata.schema}.${metadata.tableName}`
  const tables = catalog.named(name)
  if (tables.length === 0 || what.id === undefined) {
    // A view has no rows of its own.
    const behind = catalog.view(relationOf(metadata))?.flatMap((table) => catalog.named(table)) ?? []
    return new Set([...tables, ...behind].flatMap((table) => [...coarseTags(catalog, table)]))
  }
  const ids = metadata.ensureEntityIdMap(what.id)
  const changes = tables.map((table) => {
    const rows = new Map(
      metadata.primaryColumns.flatMap((column) => keyValue(table, column.databaseName, column.getEntityValue(ids))),
    )
    return { table, before: rows, after: rows, sets: new Set<string>() }
  })
  return writeTags(catalog, changes)
}

function relationOf({ schema, tableName }: EntityMetadata): RelationName {
  return {
    schema: schema === undefined ? undefined : { text: schema, quoted: true },
    name: { text: tableName, quoted: true },
  }
}

function keyValue(table: KnownTable, name: string, value: unknown): readonly (readonly [string, readonly string[]])[] {
  const [folded, column] = [...table.columns].find(([, one]) => one.name === name) ?? []
  const known = column === undefined ? undefined : canonicalValue(value, column.kind)
  return folded === undefined || known === undefined ? [] : [[folded, [known]]]
}
