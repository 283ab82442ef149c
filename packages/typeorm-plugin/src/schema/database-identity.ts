import type { CacheManager } from '@larder/core'
import type { DataSource } from 'typeorm'
import { defaultSchema } from './catalog-of.ts'

/** Databases in memory by cache and name: nothing else tells them apart. */
const inMemory = new WeakMap<CacheManager, Map<string, WeakRef<DataSource>>>()

/** What decides, beside a query's text, what it reads: the database, the schema of names without one, and the definitions of views. */
export function databaseIdentity(dataSource: DataSource): readonly unknown[] {
  const views = dataSource.entityMetadatas.filter((metadata) => metadata.tableType === 'view')
  const definitions = views.map(({ tableName, schema = null, expression = null }) => [
    tableName,
    schema,
    typeof expression === 'function' ? expression(dataSource).getQuery() : expression,
  ])
  return [dataSource.driver.database ?? null, defaultSchema(dataSource), definitions]
}

/** @throws TypeError where a second database in memory would share its entries with a first one. */
export function checkOnlyInMemory(dataSource: DataSource, manager: CacheManager, dbId: string): void {
  const { type } = dataSource.options
  const named = dataSource.options.database !== undefined && dataSource.options.database !== ':memory:'
  if (type !== 'sqljs' && (type !== 'better-sqlite3' || named)) return
  const known = inMemory.get(manager) ?? new Map<string, WeakRef<DataSource>>()
  inMemory.set(manager, known)
  const other = known.get(dbId)?.deref()
  if (other !== undefined && other !== dataSource && other.isInitialized)
    throw new TypeError(`dbId must differ for each database in memory: ${dbId} is taken`)
  known.set(dbId, new WeakRef(dataSource))
}
