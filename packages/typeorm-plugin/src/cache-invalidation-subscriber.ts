import { Commits, Observer } from '@larder/query-tags'
import type { DataSource, EntitySubscriberInterface, QueryRunner } from 'typeorm'
import type { PackedRows } from './rows/packed-rows.ts'
import { checkWriteOptions } from './options/check-options.ts'
import type { WriteOptions } from './options/install-options.ts'
import { catalogOf } from './schema/catalog-of.ts'
import { Connections } from './write/connections.ts'
import { StatementWatcher } from './write/statement-watcher.ts'

/** What TypeORM tells of a statement; 0.3 calls the data source `connection`. */
interface Told {
  readonly query: string
  readonly queryRunner: QueryRunner
  readonly success: boolean
  readonly rawResults?: unknown
  readonly parameters?: unknown
  readonly dataSource?: DataSource
  readonly connection?: DataSource
}

const ROWS = Object.freeze({ copy: 'share', onUnavailable: 'queue' } as const)

/**
 * Only the invalidation: a subscriber for a service that writes, while others read with `installCache`. Push an instance to `dataSource.subscribers`.
 * It does not see `stream()`, and it asks no change for the keys of its rows.
 */
export class CacheInvalidationSubscriber implements EntitySubscriberInterface {
  readonly #options: WriteOptions
  readonly #watchers = new WeakMap<DataSource, StatementWatcher>()

  constructor(options: WriteOptions) {
    if (typeof options?.cache?.cache !== 'function')
      throw new TypeError('cache must be a cache manager of @larder/core')
    this.#options = options
  }

  /** Called by TypeORM after every statement. */
  async afterQuery(event: Told): Promise<void> {
    const dataSource = event.dataSource ?? event.connection
    if (dataSource === undefined) return
    const watcher = this.#watcherOf(dataSource)
    const statements = watcher.reader.read(event.query)
    if (watcher.isQuiet(statements)) return
    const parameters = Array.isArray(event.parameters) ? (event.parameters as unknown[]) : []
    const given = event.success ? ({ from: 'event', result: event.rawResults } as const) : undefined
    await watcher.follow(event.queryRunner, { statements, parameters, given })
  }

  #watcherOf(dataSource: DataSource): StatementWatcher {
    const known = this.#watchers.get(dataSource)
    if (known !== undefined) return known
    checkWriteOptions(this.#options, dataSource)
    const observer = new Observer({ onEvent: this.#options.onEvent, onError: this.#options.onError })
    const cache = this.#options.cache.cache<PackedRows>('typeorm', ROWS)
    const watcher = new StatementWatcher({
      catalog: catalogOf(dataSource, this.#options),
      connections: new Connections(),
      commits: new Commits(this.#options, { cache, observer }),
      observer,
    })
    this.#watchers.set(dataSource, watcher)
    return watcher
  }
}
