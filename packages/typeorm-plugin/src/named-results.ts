import type { CacheManager } from '@larder/core'
import { databaseTag } from '@larder/query-tags'
import type { DataSource } from 'typeorm'
import { nameTags } from './read/name-tags.ts'

type ResultCache = NonNullable<DataSource['queryResultCache']>

/** Stands in for TypeORM's own result cache: `remove` and `clear` work on the plugin's answers, and it never has an answer of its own. */
export class NamedResults implements ResultCache {
  readonly #manager: CacheManager
  readonly #database: string

  constructor(manager: CacheManager, database: string) {
    this.#manager = manager
    this.#database = database
  }

  async connect(): Promise<void> {}
  async disconnect(): Promise<void> {}
  async synchronize(): Promise<void> {}
  async getFromCache(): Promise<undefined> {}
  async storeInCache(): Promise<void> {}

  isExpired(): boolean {
    return true
  }

  async clear(): Promise<void> {
    await this.#manager.invalidateTags(databaseTag(this.#database))
  }

  async remove(identifiers: string[]): Promise<void> {
    await this.#manager.invalidateTags(...identifiers.flatMap((name) => nameTags(this.#database, name).slice(0, 1)))
  }
}
