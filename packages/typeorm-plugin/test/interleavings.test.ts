import { createCacheManager } from '@larder/core'
import type { CacheManager } from '@larder/core'
import { redis } from '@larder/redis'
import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { Post, User } from './entities.ts'
import { Shop } from './shop.ts'
import { orders, Stepped } from './stepper.ts'

const ROWS = 1_000

/** What of the store can be lost. `id`: the row's, by which its tags can be told. */
const losses: Readonly<Record<string, (keys: readonly string[], id: number) => readonly string[]>> = {
  'the marks': (keys) => keys.filter((key) => key.includes(':mark:')),
  "the row's own marks": (keys, id) =>
    keys.filter((key) => key.includes(':mark:') && key.endsWith(`=${`${id}`.length}${id}`)),
  'the journal': (keys) => keys.filter((key) => key.endsWith(':journal')),
  'the leases': (keys) => keys.filter((key) => key.endsWith(':lease')),
  'the entries': (keys) => keys.filter((key) => key.includes('{typeorm:') && !key.endsWith(':lease')),
  everything: (keys) => keys,
}

describe('every order of the steps, on PostgreSQL and Redis', () => {
  let database: TestDatabase
  let server: ServerHandle
  let client: Redis
  let here: CacheManager
  let there: CacheManager
  let shop: Shop
  let other: Shop
  beforeAll(async () => {
    database = await databases.postgres()
    server = await startRedis({ own: true })
    client = new Redis(server.url)
    const node = async (): Promise<CacheManager> => {
      const manager = createCacheManager({ l2: redis({ url: server.url }), heartbeat: '600ms' })
      await vi.waitFor(async () => expect((await manager.health()).live).toBe(true))
      return manager
    }
    ;[here, there] = [await node(), await node()]
    shop = await Shop.open(database.options, { cache: here, defaults: { ttl: '1h' } })
    other = await Shop.open(database.options, { cache: there, defaults: { ttl: '1h' } }, { fill: false })
    await shop.source.query(
      `INSERT INTO "user"(id, name) SELECT id, '0' FROM generate_series(100, ${100 + ROWS}) id;
       INSERT INTO post(id, title, score, "authorId") SELECT id, 'x', 0, id FROM generate_series(100, ${100 + ROWS}) id`,
    )
  })
  afterAll(async () => {
    for (const one of [shop, other]) await one[Symbol.asyncDispose]()
    for (const one of [here, there]) await one.close()
    client.disconnect()
    await server.stop()
    await database[Symbol.asyncDispose]()
  })

  let next = 100

  /** Runs one order. A reader that starts after a change was acknowledged must see it; in the end, everybody must see the last. */
  async function run(
    order: string,
    how: {
      readonly read: (shop: Shop, id: number) => Promise<number>
      readonly change: (shop: Shop, id: number, to: number) => Promise<unknown>
      readonly lose?: (id: number) => Promise<unknown>
      /** Where the writer W stops: before its statement is sent, when it is carried out, or both. Default: both. */
      readonly stops?: readonly ('before' | 'after')[]
    },
  ): Promise<void> {
    const id = next++
    const of = (value: number) => (sql: string, parameters: readonly unknown[]) =>
      sql.startsWith('UPDATE') && parameters.map(String).includes(`${value}`)
    const select = (sql: string): boolean => sql.startsWith('SELECT')
    const [first, second] = [1_000_000 + 2 * id, 1_000_001 + 2 * id]
    const reader = Stepped.of(shop, () => how.read(shop, id), { before: select, after: select })
    const { stops = ['before', 'after'] } = how
    const writers = {
      V: Stepped.of(shop, () => how.change(shop, id, first), {}),
      W: Stepped.of(
        shop,
        () => how.change(shop, id, second),
        Object.fromEntries(stops.map((stop) => [stop, of(second)])),
      ),
    }
    const commits = { V: 0, W: stops.includes('before') ? 1 : 0 }
    const ends = { V: 0, W: stops.length }
    /** What the database said, one after the other; and how far everybody who asks from now on must be. */
    const values = [0]
    let acknowledged = 0
    let least = 0
    for (const actor of order) {
      if (actor === 'R') {
        if (!reader.begun) least = acknowledged
        await reader.step()
      } else if (actor === 'E') {
        await how.lose?.(id)
      } else {
        const name = actor as 'V' | 'W'
        const [writer, value] = name === 'V' ? [writers.V, first] : [writers.W, second]
        const step = await writer.step()
        if (step === commits[name]) values.push(value)
        if (step === ends[name]) acknowledged = Math.max(acknowledged, values.indexOf(value))
      }
    }
    expect(values.indexOf(await reader.finish()), `${order}: the reader`).toBeGreaterThanOrEqual(least)
    const truth = values.at(-1)
    for (const one of [shop, other]) expect(await how.read(one, id), `${order}: afterwards`).toBe(truth)
  }

  const score = async ({ source }: Shop, id: number): Promise<number> =>
    (await source.manager.findOneOrFail(Post, { where: { id }, cache: true })).score
  const setScore = ({ source }: Shop, id: number, to: number): Promise<unknown> =>
    source.manager.update(Post, id, { score: to })

  test('#45 #46 a reader and two writers of one row', async () => {
    const all = orders({ R: 3, V: 1, W: 3 })
    expect(all).toHaveLength(140)
    for (const order of all) await run(order, { read: score, change: setScore })
  })

  test('#47 a reader and a writer of a row that is found only in the answer', async () => {
    const read = async ({ source }: Shop, id: number): Promise<number> =>
      Number(
        (await source.manager.findOneOrFail(Post, { where: { id }, relations: { author: true }, cache: true })).author
          ?.name,
      )
    const change = ({ source }: Shop, id: number, to: number): Promise<unknown> =>
      source.manager.update(User, id, { name: String(to) })
    for (const order of orders({ R: 3, W: 3 })) await run(order, { read, change })
  })

  test.each(Object.entries(losses))('#48 %s lost at any step only cost reads', async (_, lost) => {
    const lose = async (id: number): Promise<void> => {
      const keys = lost(await client.keys('*'), id)
      if (keys.length > 0) await client.del(...keys)
    }
    for (const order of orders({ R: 3, W: 2, E: 1 }))
      await run(order, { read: score, change: setScore, lose, stops: ['after'] })
  })
})
