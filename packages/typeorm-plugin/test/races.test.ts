import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createCacheManager, systemClock } from '@larder/core'
import { LessThan } from 'typeorm'
import type { CacheManager, Clock } from '@larder/core'
import { redis } from '@larder/redis'
import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { Comment, Post, User } from './entities.ts'
import { gateAfter } from './gate-after.ts'
import { Shop } from './shop.ts'

describe('races on PostgreSQL and Redis', () => {
  let database: TestDatabase
  let server: ServerHandle
  beforeAll(async () => {
    database = await databases.postgres()
    server = await startRedis({ own: true })
  })
  afterAll(async () => {
    await database[Symbol.asyncDispose]()
    await server.stop()
  })

  async function node(): Promise<CacheManager> {
    const manager = createCacheManager({ l2: redis({ url: server.url }), heartbeat: '600ms' })
    await vi.waitFor(async () => expect((await manager.health()).live).toBe(true))
    return manager
  }

  test('#46 a slow reader does not bring back what was changed meanwhile', async () => {
    await using caches = await node()
    await using shop = await Shop.open(database.options, { cache: caches, dbId: 'race-46' })
    const title = async (): Promise<string | undefined> =>
      (await shop.source.manager.findOne(Post, { where: { id: 1 }, cache: true }))?.title
    const gate = gateAfter(shop, /^SELECT.*"post"/)
    const slow = title()
    await gate.reached
    await shop.source.manager.update(Post, 1, { title: 'newer' })
    gate.open()
    expect(await slow).toBe('one')
    expect(await title()).toBe('newer')
  })

  test('#47 the same for a row that was found only in the answer', async () => {
    await using caches = await node()
    await using shop = await Shop.open(database.options, { cache: caches, dbId: 'race-47' })
    const read = (): Promise<Post[]> =>
      shop.source.manager.find(Post, { where: { id: 1 }, relations: { author: true, comments: true }, cache: true })
    const gate = gateAfter(shop, /^SELECT.*"post"/)
    const slow = read()
    await gate.reached
    await shop.source.manager.update(User, 1, { name: 'newer' })
    await shop.source.manager.insert(Comment, { postId: 1, text: 'newer' })
    gate.open()
    expect((await slow)[0]?.author?.name).toBe('Ann')
    const [post] = await read()
    expect([post?.author?.name, post?.comments?.length]).toEqual(['newer', 3])
  })

  test('#48 an emptied store only costs reads', async () => {
    await using caches = await node()
    await using shop = await Shop.open(database.options, { cache: caches, dbId: 'race-48' })
    const title = async (): Promise<string | undefined> =>
      (await shop.source.manager.findOne(Post, { where: { id: 1 }, cache: true }))?.title
    await title()
    const { Redis } = await import('ioredis')
    const client = new Redis(server.url)
    await client.flushall()
    await shop.source.manager.update(Post, 1, { title: 'after the flush' })
    expect(await title()).toBe('after the flush')
    await client.flushall()
    expect(await title()).toBe('after the flush')
    await client.quit()
  })

  test('#51 a hundred callers share one statement; one who comes after a change does not share an older one', async () => {
    await using caches = await node()
    await using shop = await Shop.open(database.options, { cache: caches, dbId: 'race-51' })
    const title = async (): Promise<string | undefined> =>
      (await shop.source.manager.findOne(Post, { where: { id: 1 }, cache: true }))?.title
    const many = await shop.counted(() => Promise.all(Array.from({ length: 100 }, title)))
    expect(many.sql).toBe(1)
    await shop.source.manager.update(Post, 1, { title: 'two' })
    const gate = gateAfter(shop, /^SELECT.*"post"/)
    const before = title()
    await gate.reached
    await shop.source.manager.update(Post, 1, { title: 'three' })
    const after = title()
    expect(await after).toBe('three')
    gate.open()
    expect(await before).toBe('two')
    // Nor does a transaction share a statement with those outside.
    const slow = gateAfter(shop, /^SELECT.*"post"/)
    await shop.source.manager.update(Post, 1, { title: 'four' })
    const outside = title()
    await slow.reached
    await shop.source.transaction(async (tx) => {
      await tx.update(Post, 1, { title: 'five' })
      expect((await tx.findOne(Post, { where: { id: 1 }, cache: true }))?.title).toBe('five')
    })
    slow.open()
    expect([await outside, await title()]).toEqual(['four', 'five'])
  })

  test('#52 what is invalidated is not served as stale', async () => {
    await using caches = await node()
    await using shop = await Shop.open(database.options, {
      cache: caches,
      dbId: 'race-52',
      defaults: { ttl: '1h', grace: '1h' },
    })
    const title = async (): Promise<string | undefined> =>
      (await shop.source.manager.findOne(Post, { where: { id: 1 }, cache: true }))?.title
    await title()
    await shop.source.manager.update(Post, 1, { title: 'changed' })
    expect(await title()).toBe('changed')
  })

  test('#14 another process hears of a change; another database of the same name of tables does not', async () => {
    await using here = await node()
    await using there = await node()
    await using writer = await Shop.open(database.options, { cache: here, dbId: 'race-14' })
    await using reader = await Shop.open(database.options, { cache: there, dbId: 'race-14' }, { fill: false })
    await using stranger = await Shop.open(database.options, { cache: there, dbId: 'another' }, { fill: false })
    const title = (shop: Shop) => async (): Promise<string | undefined> =>
      (await shop.source.manager.findOne(Post, { where: { id: 1 }, cache: true }))?.title
    await title(writer)()
    expect((await reader.counted(title(reader))).sql).toBe(0)
    expect((await stranger.counted(title(stranger))).sql).toBe(1)
    await writer.source.manager.update(Post, 1, { title: 'elsewhere' })
    await vi.waitFor(async () => expect(await title(reader)()).toBe('elsewhere'))
    expect(await title(stranger)()).toBe('one')
  })

  test('#49 strict: nothing is kept between a commit and its invalidation, also if the writer dies there', async () => {
    await using here = await node()
    await using there = await node()
    const strict = { dbId: 'race-49', consistency: 'strict', lease: '1s' } as const
    await using writer = await Shop.open(database.options, { ...strict, cache: here })
    await using reader = await Shop.open(database.options, { ...strict, cache: there }, { fill: false })
    const title = async (): Promise<string | undefined> =>
      (await reader.source.manager.findOne(Post, { where: { id: 1 }, cache: true }))?.title
    await title()
    expect((await reader.counted(title)).sql).toBe(0)
    // The writer stops for ever once its COMMIT is carried out.
    const gate = gateAfter(writer, /^COMMIT/)
    const commit = writer.source.transaction((tx) => tx.update(Post, 1, { title: 'committed' }))
    await gate.reached
    expect(await title()).toBe('committed')
    expect((await reader.counted(title)).sql).toBe(1)
    await vi.waitFor(async () => expect((await reader.counted(title)).sql).toBe(0), { timeout: 5_000 })
    expect(await title()).toBe('committed')
    gate.open()
    await commit
    expect(writer.events.map((event) => event.kind)).toContain('lease-too-short')
    // Two writers of one table: the first to end does not end the other's cover.
    const [slow, quick] = [gateAfter(writer, /^COMMIT/), writer]
    const first = writer.source.transaction((tx) => tx.update(Post, 1, { title: 'first' }))
    await slow.reached
    await quick.source.manager.update(Post, 2, { title: 'second' })
    expect(await title()).toBe('first')
    expect((await reader.counted(title)).sql).toBe(1)
    slow.open()
    await first
  })

  test('#50 what a replica says is not kept while it may lag behind a write', async () => {
    await using replica = await databases.postgres()
    {
      await using copy = await Shop.open(replica.options)
      await copy.handle.uninstall()
    }
    const url = (options: TestDatabase['options']): string => (options as { readonly url: string }).url
    const replication = { master: { url: url(database.options) }, slaves: [{ url: url(replica.options) }] }
    await using caches = await node()
    {
      await using primary = await Shop.open(database.options)
      await primary.handle.uninstall()
    }
    const options = { type: 'postgres', replication } as const
    await using careless = await Shop.open(options, { cache: caches, dbId: 'race-50a' }, { fill: false })
    await using careful = await Shop.open(
      options,
      { cache: caches, dbId: 'race-50b', replica: { maxLag: '1s' } },
      { fill: false },
    )
    const title = (shop: Shop) => async (): Promise<string | undefined> =>
      (await shop.source.manager.findOne(Post, { where: { id: 1 }, cache: true }))?.title
    for (const shop of [careless, careful]) expect(await title(shop)()).toBe('one')
    for (const shop of [careless, careful])
      await shop.source
        .createQueryRunner('master')
        .manager.update(Post, 1, { title: `by ${shop.handle === careful.handle ? 'careful' : 'careless'}` })
    expect(await title(careless)()).toBe('one')
    // The replica still says "one"; the primary was asked.
    expect(await title(careful)()).toBe('by careful')
    expect((await careful.counted(title(careful))).sql).toBe(0)
    // Once the replica must have caught up, it is asked again: here it never did.
    let asked = 0
    const next = async (): Promise<string | undefined> =>
      (await careful.source.manager.findOne(Post, { where: { id: 1, score: LessThan(1_000 + asked++) }, cache: true }))
        ?.title
    expect(await next()).toBe('by careful')
    await vi.waitFor(async () => expect(await next()).toBe('one'), { timeout: 10_000, interval: 100 })
  })

  test('#53 clocks that differ by an hour change nothing about invalidations', async () => {
    const shifted = (ms: number): Clock =>
      Object.assign(Object.create(systemClock) as Clock, {
        now: () => systemClock.now() + ms,
        after: systemClock.after.bind(systemClock),
        monotonic: systemClock.monotonic.bind(systemClock),
      })
    const at = async (ms: number): Promise<CacheManager> => {
      const manager = createCacheManager({ l2: redis({ url: server.url }), heartbeat: '600ms', clock: shifted(ms) })
      await vi.waitFor(async () => expect((await manager.health()).live).toBe(true))
      return manager
    }
    await using early = await at(-3_600_000)
    await using late = await at(3_600_000)
    await using one = await Shop.open(database.options, { cache: early, dbId: 'race-53', defaults: { ttl: '5h' } })
    await using other = await Shop.open(
      database.options,
      { cache: late, dbId: 'race-53', defaults: { ttl: '5h' } },
      { fill: false },
    )
    const title = (shop: Shop) => async (): Promise<string | undefined> =>
      (await shop.source.manager.findOne(Post, { where: { id: 1 }, cache: true }))?.title
    for (const [writer, reader] of [
      [one, other],
      [other, one],
    ] as const) {
      const old = await title(reader)()
      await writer.source.manager.update(Post, 1, { title: `${old}, again` })
      expect(await title(writer)()).toBe(`${old}, again`)
      await vi.waitFor(async () => expect(await title(reader)()).toBe(`${old}, again`))
    }
  })

  test('#49 strict: without the cache nothing is committed', async () => {
    const own = await startRedis({ own: true })
    await using caches = createCacheManager({
      l2: redis({ url: own.url, timeoutMs: 200 }),
      defaults: { timeouts: { store: '300ms' } },
    })
    await vi.waitFor(async () => expect((await caches.health()).live).toBe(true))
    await using shop = await Shop.open(database.options, { cache: caches, dbId: 'race-49b', consistency: 'strict' })
    await own.stop()
    await expect(shop.source.transaction((tx) => tx.update(Post, 1, { title: 'refused' }))).rejects.toThrow()
    await expect(shop.source.manager.update(Post, 1, { title: 'refused' })).rejects.toThrow()
    expect((await shop.source.manager.findOneBy(Post, { id: 1 }))?.title).toBe('one')
  })
})
