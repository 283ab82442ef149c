import { createCacheManager } from '@larder/core'
import type { CacheManager } from '@larder/core'
import { DataSource } from 'typeorm'
import type { DataSourceOptions } from 'typeorm'
import { installCache } from '../src/index.ts'
import type { CacheEvent, CacheHandle, InstallOptions } from '../src/index.ts'
import { Comment, entities, Post, Tag, User } from './entities.ts'

/** A database with a few rows, a cache in front of it, and a look at the statements that reach it. */
export class Shop implements AsyncDisposable {
  readonly source: DataSource
  readonly handle: CacheHandle
  readonly manager: CacheManager
  /** Statements that reached the database since the last look, transactions' own left out. */
  readonly statements: string[]
  readonly events: CacheEvent[]
  readonly errors: unknown[]
  readonly #owned: boolean

  private constructor(
    made: Pick<Shop, 'source' | 'handle' | 'manager' | 'statements' | 'events' | 'errors'> & {
      readonly owned: boolean
    },
  ) {
    this.source = made.source
    this.handle = made.handle
    this.manager = made.manager
    this.statements = made.statements
    this.events = made.events
    this.errors = made.errors
    this.#owned = made.owned
  }

  /** Opens it; a `cache` that is given stays open. `fill: false` finds the rows of another. `DataSource`: of another version of TypeORM. */
  static async open(
    database: DataSourceOptions,
    options: Partial<InstallOptions> = {},
    how: { readonly fill?: boolean; readonly DataSource?: typeof DataSource } = {},
  ): Promise<Shop> {
    const statements: string[] = []
    const events: CacheEvent[] = []
    const errors: unknown[] = []
    const fill = how.fill !== false
    const logger = {
      logQuery: (sql: string): void => void statements.push(sql),
      logQueryError() {},
      logQuerySlow() {},
      logSchemaBuild() {},
      logMigration() {},
      log() {},
    }
    const source = new (how.DataSource ?? DataSource)({
      entities,
      synchronize: fill,
      dropSchema: fill,
      ...database,
      logging: ['query'],
      logger,
    })
    await source.initialize()
    if (fill) await fillShop(source)
    const manager = options.cache ?? createCacheManager()
    const handle = await installCache(source, {
      onEvent: (event) => events.push(event),
      onError: (error) => errors.push(error),
      ...options,
      cache: manager,
    })
    const shop = new Shop({ source, handle, manager, statements, events, errors, owned: options.cache === undefined })
    shop.sql()
    return shop
  }

  /** The statements since the last call. */
  sql(): readonly string[] {
    return this.statements.splice(0).filter((sql) => !/^(START|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET)/.test(sql))
  }

  /** Runs `work`; answers its result and how many statements reached the database. */
  async counted<R>(work: () => Promise<R>): Promise<{ readonly value: R; readonly sql: number }> {
    this.sql()
    const value = await work()
    return { value, sql: this.sql().length }
  }

  /** Runs a query twice; whether the second time was answered without the database. */
  async warms(work: () => Promise<unknown>): Promise<boolean> {
    await work()
    return (await this.counted(work)).sql === 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle.uninstall()
    await this.source.destroy()
    if (this.#owned) await this.manager.close()
  }
}

async function fillShop(source: DataSource): Promise<void> {
  const { manager } = source
  for (const name of ['Ann', 'Ben', 'Cid']) await manager.insert(User, { name, email: `${name}@shop` })
  const posts = [
    { title: 'one', authorId: 1, score: 5, tenantId: 1 },
    { title: 'two', authorId: 1, score: 3, tenantId: 2 },
    { title: 'three', authorId: 2, score: 9, tenantId: 1 },
  ]
  for (const post of posts) await manager.insert(Post, post)
  for (const label of ['red', 'green', 'blue']) await manager.insert(Tag, { label })
  for (const [postId, text] of [
    [1, 'good'],
    [1, 'bad'],
    [2, 'so so'],
  ] as const)
    await manager.insert(Comment, { postId, text })
  await manager.createQueryBuilder().relation(Post, 'tags').of(1).add([1, 2])
  await manager.createQueryBuilder().relation(Post, 'tags').of(2).add(2)
}
