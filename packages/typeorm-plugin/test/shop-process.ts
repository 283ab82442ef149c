import { setTimeout as wait } from 'node:timers/promises'
import { createCacheManager } from '@larder/core'
import { redis } from '@larder/redis'
import type { Orders } from './fork-shop.ts'
import { Post } from './entities.ts'
import { Shop } from './shop.ts'
import { work } from './soak-workers.ts'

/** Follows the orders in its argument; tells what came of them. See fork-shop.ts. */
const orders = JSON.parse(process.argv[2] as string) as Orders
const { dbId, consistency } = orders
const cache = createCacheManager({ l2: redis({ url: orders.redis }), heartbeat: '600ms' })
while (!(await cache.health()).live) await wait(20)
const shop = await Shop.open(orders.database, { cache, dbId, consistency, lease: '3s' }, { fill: false })
process.on('disconnect', () => process.exit(0))

if (orders.role === 'victim') {
  shop.source.subscribers.push({
    // Carried out, and nobody has heard of it: here it is killed.
    afterQuery: async ({ query }: { readonly query: string }) => {
      if (!query.startsWith('COMMIT')) return
      process.send?.('committed')
      await new Promise(() => {})
    },
  })
  process.once('message', () => void shop.source.transaction((tx) => tx.update(Post, 1, { title: 'by the victim' })))
  process.send?.('ready')
} else {
  process.once('message', () => {
    void work(shop, orders).then(async (old) => {
      process.send?.({ old, hits: shop.handle.stats().hits })
      process.once('message', () => {
        void scores().then((found) => process.send?.(found))
      })
    })
  })
  process.send?.('ready')
}

/** What the cache says in the end; asked again until it is what the database says, for two seconds at most. */
async function scores(): Promise<readonly number[]> {
  const read = async (cached: boolean): Promise<readonly number[]> =>
    (await shop.source.manager.find(Post, { order: { id: 'ASC' }, cache: cached })).map(({ score }) => score)
  const truth = await read(false)
  for (let attempt = 0; attempt < 40; attempt++) {
    if (JSON.stringify(await read(true)) === JSON.stringify(truth)) break
    await wait(50)
  }
  return read(true)
}
