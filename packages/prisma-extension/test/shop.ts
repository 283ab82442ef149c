import { createCacheManager } from '@larder/core'
import type { CacheManager } from '@larder/core'
import type { SqlDriverAdapter, SqlDriverAdapterFactory, Transaction } from '@prisma/driver-adapter-utils'
import { cachedAdapter, cacheExtension, createAdapterLink } from '../src/index.ts'
import type { CacheEvent, ExtensionOptions } from '../src/index.ts'
import type { TestDatabase } from './databases.ts'
import { PrismaClient as PostgresClient } from './generated/postgres/client.ts'
import { PrismaClient as SqliteClient } from './generated/sqlite/client.ts'
import { createTables } from './schema/create-tables.ts'

/** A client with the cache. The clients of both databases have the same types, as far as the tests use them. */
export type CachedShop = ReturnType<typeof extended>

function extended(base: PostgresClient, options: ExtensionOptions) {
  return base.$extends(cacheExtension(options))
}

/** How a shop is opened. */
export interface ShopOptions extends Partial<ExtensionOptions> {
  /** Whether the extension learns of changes from the adapter. */
  readonly linked?: boolean
  /** Whether the tables are there already. */
  readonly filled?: boolean
  /** What is done to the client before it gets the cache. */
  readonly before?: (base: PostgresClient) => PostgresClient
  readonly omit?: { readonly user?: { readonly avatar?: boolean; readonly email?: boolean } }
}

/** A database with a few rows, a cache in front of it, and a look at the statements that reach it. */
export class Shop implements AsyncDisposable {
  readonly prisma: CachedShop
  /** The client without the cache, on the same adapter. */
  readonly base: PostgresClient
  readonly manager: CacheManager
  readonly events: CacheEvent[]
  readonly errors: unknown[]
  readonly #log: string[]
  readonly #owned: boolean

  private constructor(
    made: Pick<Shop, 'prisma' | 'base' | 'manager' | 'events' | 'errors'> & {
      readonly log: string[]
      readonly owned: boolean
    },
  ) {
    this.prisma = made.prisma
    this.base = made.base
    this.manager = made.manager
    this.events = made.events
    this.errors = made.errors
    this.#log = made.log
    this.#owned = made.owned
  }

  static async open(database: TestDatabase, how: ShopOptions = {}): Promise<Shop> {
    const { linked = false, filled = false, before, omit, ...options } = how
    const log: string[] = []
    const events: CacheEvent[] = []
    const errors: unknown[] = []
    const link = createAdapterLink()
    const logged = withLog(database.adapter(), log)
    const adapter = linked ? cachedAdapter(logged, link) : logged
    const Client = database.kind === 'sqlite' ? (SqliteClient as unknown as typeof PostgresClient) : PostgresClient
    const base = new Client({ adapter, ...(omit === undefined ? {} : { omit: omit as { user: { avatar: true } } }) })
    if (!filled) await fill(base, database)
    const manager = options.cache ?? createCacheManager()
    const prisma = extended(before?.(base) ?? base, {
      onEvent: (event) => events.push(event),
      onError: (error) => errors.push(error),
      ...(linked ? { link } : {}),
      ...options,
      cache: manager,
    })
    log.splice(0)
    return new Shop({ prisma, base, manager, events, errors, log, owned: options.cache === undefined })
  }

  /** The statements since the last call. */
  sql(): readonly string[] {
    return this.#log.splice(0)
  }

  /** Runs `work`; answers its result and how many statements reached the database. */
  async counted<R>(work: () => PromiseLike<R>): Promise<{ readonly value: R; readonly sql: number }> {
    this.sql()
    const value = await work()
    return { value, sql: this.sql().length }
  }

  /** Runs a query twice; whether the second time was answered without the database. */
  async warms(work: () => PromiseLike<unknown>): Promise<boolean> {
    await work()
    return (await this.counted(work)).sql === 0
  }

  /** Whether a query that was warm is still answered without the database after `change`. */
  async survives(work: () => PromiseLike<unknown>, change: () => PromiseLike<unknown>): Promise<boolean> {
    if (!(await this.warms(work))) throw new Error('the query is not cached')
    await change()
    return (await this.counted(work)).sql === 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.base.$disconnect()
    if (this.#owned) await this.manager.close()
  }
}

async function fill(base: PostgresClient, { kind }: TestDatabase): Promise<void> {
  for (const sql of createTables(kind === 'sqlite' ? 'sqlite' : 'postgres')) await base.$executeRawUnsafe(sql)
  for (const name of ['Ann', 'Ben', 'Cid']) await base.user.create({ data: { name, email: `${name}@shop` } })
  for (const label of ['red', 'green', 'blue']) await base.tag.create({ data: { label } })
  const posts = [
    { title: 'one', authorId: 1, rating: 5, reviewerId: 2 },
    { title: 'two', authorId: 1, rating: 3 },
    { title: 'three', authorId: 2, rating: 9 },
  ]
  for (const data of posts) await base.post.create({ data })
  for (const [postId, text] of [
    [1, 'good'],
    [1, 'bad'],
    [3, 'so so'],
  ] as const)
    await base.comment.create({ data: { postId, text, writerId: 3 } })
  await base.post.update({ where: { id: 1 }, data: { tags: { connect: [{ id: 1 }, { id: 2 }] } } })
  await base.profile.create({ data: { bio: 'hers', userId: 1 } })
  await base.like.create({ data: { commentId: 1, visitor: 7 } })
}

function withLog(factory: SqlDriverAdapterFactory, log: string[]): SqlDriverAdapterFactory {
  const watch = <T extends SqlDriverAdapter | Transaction>(queryable: T): T => {
    for (const name of ['queryRaw', 'executeRaw'] as const) {
      const run = queryable[name].bind(queryable) as (query: { sql: string }) => Promise<never>
      queryable[name] = (query: { sql: string }) => {
        log.push(query.sql)
        return run(query)
      }
    }
    return queryable
  }
  const connect = factory.connect.bind(factory)
  factory.connect = async () => {
    const adapter = watch(await connect())
    const start = adapter.startTransaction.bind(adapter)
    adapter.startTransaction = async (level) => watch(await start(level))
    return adapter
  }
  return factory
}
