import { createCacheManager } from '@larder/core'
import type { CacheManager } from '@larder/core'
import { redis } from '@larder/redis'
import { startRedis } from '@larder/testing'
import { expect, test, vi } from 'vitest'
import { databases } from './databases.ts'
import { Post } from './entities.ts'
import { ShopProcess } from './fork-shop.ts'
import { gateAfter } from './gate-after.ts'
import { Shop } from './shop.ts'

const titleOf = (shop: Shop) => async (): Promise<string | undefined> =>
  (await shop.source.manager.findOne(Post, { where: { id: 1 }, cache: true }))?.title

async function live(manager: CacheManager): Promise<void> {
  await vi.waitFor(async () => expect((await manager.health()).live).toBe(true), { timeout: 10_000 })
}

test.each(['strict', 'after-commit'] as const)(
  '#49 a writer that is killed between its COMMIT and the invalidation leaves nothing old if the consistency is strict: %s',
  { timeout: 120_000 },
  async (consistency) => {
    await using database = await databases.postgres()
    await using server = await startRedis({ own: true })
    await using cache = createCacheManager({ l2: redis({ url: server.url }), heartbeat: '600ms' })
    await live(cache)
    const options = { cache, dbId: 'crash', consistency, lease: '3s', defaults: { ttl: '1h' } } as const
    await using reader = await Shop.open(database.options, options)
    const title = titleOf(reader)
    using victim = new ShopProcess({
      ...{ role: 'victim', database: database.options, redis: server.url, dbId: 'crash', consistency },
      ...{ seed: 0, rounds: 0 },
    })
    await victim.word()
    expect(await reader.warms(title)).toBe(true)
    const committed = victim.word()
    victim.tell('go')
    expect(await committed).toBe('committed')
    await victim.kill()
    expect((await reader.source.manager.findOneByOrFail(Post, { id: 1 })).title).toBe('by the victim')
    if (consistency === 'after-commit') {
      // The hole that strict consistency closes: nobody is left who could tell.
      expect(await title()).toBe('one')
      return
    }
    await vi.waitFor(async () => expect(await title()).toBe('by the victim'), { timeout: 1_500 })
    expect((await reader.counted(title)).sql).toBe(1)
    await vi.waitFor(async () => expect((await reader.counted(title)).sql).toBe(0), { timeout: 10_000 })
    expect(await title()).toBe('by the victim')
  },
)

test(
  '#48 a Redis that is killed and comes back empty, at any step of a race, only costs reads',
  { timeout: 120_000 },
  async () => {
    await using database = await databases.postgres()
    await using server = await startRedis({ own: true })
    await using cache = createCacheManager({
      l2: redis({ url: server.url, timeoutMs: 300 }),
      heartbeat: '600ms',
      defaults: { timeouts: { store: '400ms' } },
    })
    await live(cache)
    await using shop = await Shop.open(database.options, { cache, dbId: 'restart', defaults: { ttl: '1h' } })
    const title = titleOf(shop)
    for (const step of ['before the read', 'while it reads', 'while it writes', 'at the end']) {
      const restart = async (now: string): Promise<void> => {
        if (now === step) {
          await server.kill()
          await server.restart()
        }
      }
      await restart('before the read')
      const gate = gateAfter(shop, /^SELECT.*"post"/)
      const slow = title()
      await gate.reached
      await restart('while it reads')
      const commit = gateAfter(shop, /^UPDATE/)
      const write = shop.source.manager.update(Post, 1, { title: step })
      await commit.reached
      await restart('while it writes')
      commit.open()
      await write
      gate.open()
      await slow
      await restart('at the end')
      expect(await title(), step).toBe(step)
      await live(cache)
      expect(await title(), step).toBe(step)
      await shop.handle.invalidateAll()
    }
  },
)
