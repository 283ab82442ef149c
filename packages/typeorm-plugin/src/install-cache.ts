import { Commits, Observer } from '@larder/query-tags'
import type { QueryDefaults } from '@larder/query-tags'
import type { DataSource } from 'typeorm'
import { createHandle } from './cache-handle.ts'
import type { CacheHandle } from './cache-handle.ts'
import { NamedResults } from './named-results.ts'
import { checkInstallOptions } from './options/check-options.ts'
import type { InstallOptions } from './options/install-options.ts'
import { patchBuilder } from './read/patch-builder.ts'
import { QueryPlanner } from './read/query-planner.ts'
import { QueryReader } from './read/query-reader.ts'
import { driverPrototypes } from './rows/driver-prototypes.ts'
import type { PackedRows } from './rows/packed-rows.ts'
import { catalogOf } from './schema/catalog-of.ts'
import { checkOnlyInMemory, databaseIdentity } from './schema/database-identity.ts'
import { Connections } from './write/connections.ts'
import { StatementWatcher } from './write/statement-watcher.ts'
import { watchRunners } from './write/watch-runners.ts'

const installed = new WeakSet<DataSource>()

/** Answers are copied for each caller by the plugin itself; an invalidation of a committed change waits rather than fails. */
const ROWS = Object.freeze({ copy: 'share', onUnavailable: 'queue' } as const)

/**
 * Lets the queries of an initialized data source be answered from a cache, and every write that it makes invalidate what the write concerns.
 * Rejects with a TypeError that names the option for one that is out of its range, for a database whose SQL cannot be read, and if the data source has
 * a cache already.
 */
export async function installCache(dataSource: DataSource, given: InstallOptions): Promise<CacheHandle> {
  if (!dataSource.isInitialized) throw new TypeError('the data source must be initialized before a cache is installed')
  checkInstallOptions(given, dataSource)
  if (installed.has(dataSource)) throw new TypeError('the data source has a cache already: uninstall that first')
  const options = withNativeDefaults(dataSource, given)
  const { cache: manager } = options
  const observer = new Observer({ onEvent: options.onEvent, onError: options.onError })
  const catalog = catalogOf(dataSource, options)
  checkOnlyInMemory(dataSource, manager, catalog.database)
  const cache = manager.cache<PackedRows>('typeorm', ROWS)
  const commits = new Commits(options, { cache, observer })
  const connections = new Connections()
  const watcher = new StatementWatcher({ catalog, connections, commits, observer })
  const planner = new QueryPlanner({
    catalog,
    reader: watcher.reader,
    options,
    forbiddenTables: forbiddenTables(dataSource, watcher, options),
    identity: databaseIdentity(dataSource),
  })
  const prototypes = driverPrototypes(dataSource)
  const reader = new QueryReader({ dataSource, cache, planner, connections, commits, options, prototypes, observer })
  const unpatch = patchBuilder(dataSource, reader)
  const unwatch = await watchRunners(dataSource, {
    watcher,
    strict: commits.strict,
    asks: options.preImage !== 'wildcard',
    primaryKeys: primaryKeysOf(dataSource, watcher),
  })
  const native = dataSource.queryResultCache
  Reflect.set(dataSource, 'queryResultCache', new NamedResults(manager, catalog.database))
  installed.add(dataSource)
  const uninstall = (): void => {
    unpatch()
    unwatch()
    Reflect.set(dataSource, 'queryResultCache', native)
    installed.delete(dataSource)
  }
  return createHandle({ dataSource, manager, planner, watcher, observer, options, uninstall })
}

/** TypeORM's own options for its cache, where these say nothing. */
function withNativeDefaults(dataSource: DataSource, options: InstallOptions): InstallOptions {
  const native: unknown = dataSource.options.cache
  const { alwaysEnabled, duration } = (typeof native === 'object' ? native : {}) as {
    readonly alwaysEnabled?: boolean
    readonly duration?: number
  }
  const defaults: QueryDefaults = {
    ...(alwaysEnabled === true ? { mode: 'opt-out' } : {}),
    ...(duration === undefined ? {} : { ttl: duration }),
    ...options.defaults,
  }
  return { ...options, defaults }
}

/** The tables of entities that are never cached. */
function forbiddenTables(
  dataSource: DataSource,
  { catalog }: StatementWatcher,
  options: InstallOptions,
): readonly string[] {
  const never = dataSource.entityMetadatas.filter((metadata) => options.entities?.[metadata.name] === false)
  return never.flatMap((metadata) => catalog.named(metadata.tableName)).map((table) => table.id)
}

function primaryKeysOf(dataSource: DataSource, { catalog }: StatementWatcher): (table: string) => readonly string[] {
  const keys = new Map<string, readonly string[]>()
  for (const metadata of dataSource.entityMetadatas) {
    const columns = metadata.primaryColumns.map((column) => column.databaseName)
    for (const table of catalog.named(metadata.tableName)) keys.set(table.id, columns)
  }
  return (table) => keys.get(table) ?? []
}
