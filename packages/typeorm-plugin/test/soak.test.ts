import { createCacheManager } from '@larder/core'
import type { CacheManager } from '@larder/core'
import { redis } from '@larder/redis'
import { SeededRandom, startRedis } from '@larder/testing'
import { expect, test, vi } from 'vitest'
import { databases } from './databases.ts'
import { Post } from './entities.ts'
import { Shop } from './shop.ts'

const WORKERS = 8
const ROUNDS = Number(process.env['LARDER_ORM_SOAK_ROUNDS'] ?? 150)

/** Scores only grow, so that an answer tells how old it is. */
test(
  '#55 two nodes with eight workers each: nobody reads what is older than a change that was acknowledged to this node before',
  { timeout: 300_000 },
  async () => {
    await using database = await databases.postgres()
    await using server = await startRedis({ own: true })
    const node = async (): Promise<CacheManager> => {
      const manager = createCacheManager({ l2: redis({ url: server.url }), heartbeat: '600ms' })
      await vi.waitFor(async () => expect((await manager.health()).live).toBe(true))
      return manager
    }
    await using here = await node()
    await using there = await node()
    await using first = await Shop.open(database.options, { cache: here, dbId: 'soak' })
    await using second = await Shop.open(database.options, { cache: there, dbId: 'soak' }, { fill: false })
    const old: string[] = []

    const worker = async (shop: Shop, acknowledged: Map<number, number>, seed: number): Promise<void> => {
      const random = new SeededRandom(seed)
      const draw = (below: number): number => Math.floor(random.fraction() * below)
      for (let round = 0; round < ROUNDS; round++) {
        const id = 1 + draw(3)
        const { manager } = shop.source
        if (draw(5) === 0) {
          const score = await manager.transaction(async (tx) => {
            await tx.increment(Post, { id }, 'score', 1)
            return (await tx.findOneByOrFail(Post, { id })).score
          })
          acknowledged.set(id, Math.max(acknowledged.get(id) ?? 0, score))
          continue
        }
        const least = acknowledged.get(id) ?? 0
        const posts =
          draw(2) === 0
            ? [await manager.findOneOrFail(Post, { where: { id }, cache: true })]
            : await manager.find(Post, { where: { tenantId: 1 }, cache: true })
        const found = posts.find((post) => post.id === id)
        if (found !== undefined && found.score < least) old.push(`post ${id}: ${found.score} after ${least}`)
      }
    }

    const nodes = [first, second].map((shop) => ({ shop, acknowledged: new Map<number, number>() }))
    await Promise.all(
      nodes.flatMap(({ shop, acknowledged }, index) =>
        Array.from({ length: WORKERS }, (_, number) => worker(shop, acknowledged, 100 * index + number + 1)),
      ),
    )
    expect(old).toEqual([])
    expect(first.handle.stats().hits + second.handle.stats().hits).toBeGreaterThan(0)
    // In the end both nodes know all.
    for (const id of [1, 2, 3]) {
      const truth = (await first.source.manager.findOneByOrFail(Post, { id })).score
      for (const shop of [first, second])
        await vi.waitFor(async () =>
          expect((await shop.source.manager.findOneOrFail(Post, { where: { id }, cache: true })).score).toBe(truth),
        )
    }
  },
)
