import { SeededRandom } from '@larder/testing'
import { Post } from './entities.ts'
import type { Shop } from './shop.ts'

const WORKERS = 8

/**
 * Eight workers that read through the cache and raise scores, which only grow, so that an answer tells how old it is. Answers what they read that was older than
 * a change which was acknowledged to this process before.
 */
export async function work(
  shop: Shop,
  how: { readonly seed: number; readonly rounds: number },
): Promise<readonly string[]> {
  const acknowledged = new Map<number, number>()
  const old: string[] = []
  const worker = async (seed: number): Promise<void> => {
    const random = new SeededRandom(seed)
    const draw = (below: number): number => Math.floor(random.fraction() * below)
    for (let round = 0; round < how.rounds; round++) {
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
  await Promise.all(Array.from({ length: WORKERS }, (_, number) => worker(100 * how.seed + number)))
  return old
}
