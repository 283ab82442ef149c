import { createCacheManager } from '@larder/core'
import { SeededRandom } from '@larder/testing'
import { Redis } from 'ioredis'
import { redis } from '../../src/index.ts'
import { crashOptions, sleep } from './crash-options.ts'

/**
 * Writes behind until it is killed, and brings to the source whatever waits, its own and what others left. Tells of each write when it has been
 * acknowledged. Arguments: port, lane, first value, seed.
 */
const [port, lane, first, seed] = process.argv.slice(2).map(Number) as [number, number, number, number]
const random = new SeededRandom(seed)
const source = new Redis(port, '127.0.0.1', { db: 1 })
const caches = createCacheManager({ namespace: 'crash', l2: redis({ host: '127.0.0.1', port }) })
const stock = caches.cache<number>('stock', {
  ...crashOptions,
  write: async (items) => {
    await sleep(random.fraction() * 6)
    const pipeline = source.pipeline()
    for (const { key, value } of items) pipeline.rpush(key, value)
    await pipeline.exec()
    await sleep(random.fraction() * 15)
  },
})

process.on('disconnect', () => process.exit(0))
process.once('message', () => {
  let value = first
  for (let writer = 0; writer < 4; writer++) {
    void (async () => {
      for (;;) {
        const key = `lane${lane}:${writer}:${Math.floor(random.fraction() * 6)}`
        const mine = ++value
        await stock.writeBehind(key, mine)
        process.send?.([key, mine])
        await sleep(random.fraction() * 4)
      }
    })()
  }
})
process.send?.('ready')
