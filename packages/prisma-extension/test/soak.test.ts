import { createCacheManager } from '@larder/core'
import type { CacheManager } from '@larder/core'
import { redis } from '@larder/redis'
import { SeededRandom, startRedis } from '@larder/testing'
import { expect, test, vi } from 'vitest'
import { databases } from './databases.ts'
import { Shop } from './shop.ts'

const WORKERS = 8
const ROUNDS = Number(process.env['LARDER_ORM_SOAK_ROUNDS'] ?? 60)

/** Ratings only grow, so that an answer tells how old it is. */
test.each([{ linked: false }, { linked: true }])(
  '§6.55: of two nodes with eight workers each, nobody reads what is older than a change acknowledged there before (adapter: $linked)',
  { timeout: 300_000 },
  async ({ linked }) => {
    await using database = await databases.postgres()
    await using server = await startRedis({ own: true })
    const node = async (): Promise<CacheManager> => {
      const manager = createCacheManager({ l2: redis({ url: server.url }), heartbeat: '600ms' })
      await vi.waitFor(async () => expect((await manager.health()).live).toBe(true))
      return manager
    }
    await using here = await node()
    await using there = await node()
    await using first = await Shop.open(database, { linked, cache: here })
    await using second = await Shop.open(database, { linked, filled: true, cache: there })
    const old: string[] = []

    const worker = async ({ prisma }: Shop, acknowledged: Map<number, number>, seed: number): Promise<void> => {
      const random = new SeededRandom(seed)
      const draw = (below: number): number => Math.floor(random.fraction() * below)
      for (let round = 0; round < ROUNDS; round++) {
        const id = 1 + draw(3)
        const where = { id }
        if (draw(5) === 0) {
          const data = { rating: { increment: 1 } }
          const { rating } =
            draw(2) === 0
              ? await prisma.post.update({ where, data })
              : await prisma.$transaction(async (tx) => tx.post.update({ where, data }))
          acknowledged.set(id, Math.max(acknowledged.get(id) ?? 0, rating))
          continue
        }
        const least = acknowledged.get(id) ?? 0
        const posts = [
          () => prisma.post.findMany({ where, cache: true }),
          () => prisma.post.findMany({ where: { rating: { gte: 0 } }, cache: true }),
          async () =>
            (await prisma.user.findMany({ include: { posts: true }, cache: true })).flatMap((user) => user.posts),
        ][draw(3)]
        const found = (await posts?.())?.find((post) => post.id === id)
        if (found === undefined || found.rating < least) old.push(`post ${id}: ${found?.rating} after ${least}`)
      }
    }

    const nodes = [first, second].map((shop) => ({ shop, acknowledged: new Map<number, number>() }))
    await Promise.all(
      nodes.flatMap(({ shop, acknowledged }, index) =>
        Array.from({ length: WORKERS }, (_, number) => worker(shop, acknowledged, 100 * index + number + 1)),
      ),
    )
    expect(old).toEqual([])
    expect(first.errors).toEqual([])
    expect(first.prisma.$cache.stats().hits + second.prisma.$cache.stats().hits).toBeGreaterThan(ROUNDS)
    // In the end both nodes know all.
    const truth = await first.base.post.findMany({ where: { rating: { gte: 0 } } })
    for (const { prisma } of [first, second])
      await vi.waitFor(async () =>
        expect(await prisma.post.findMany({ where: { rating: { gte: 0 } }, cache: true })).toEqual(truth),
      )
  },
)
