import { createCacheManager } from '@larder/core'
import { SeededRandom, startRedis } from '@larder/testing'
import { expect, test } from 'vitest'
import { redis } from '../../src/index.ts'
import { crashOptions, sleep } from './crash-options.ts'
import { Ledger } from './ledger.ts'

/** `LARDER_REDIS_KILLS`: how often Redis is killed, default 20. */
const kills = Number(process.env['LARDER_REDIS_KILLS'] ?? 20)
/** `LARDER_CHAOS_SEED`: what is drawn repeats, the timing of a real server does not. Default: another one each time; it is printed. */
const seed = Number(process.env['LARDER_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const KEYS = 40

test(
  'every acknowledged write reaches the source, in order for each key, however often Redis is killed',
  { timeout: 60_000 + kills * 10_000 },
  async () => {
    await using server = await startRedis({ persistent: true })
    await using caches = createCacheManager({ l2: redis({ url: server.url }), onError: () => {} })
    const random = new SeededRandom(seed)
    const ledger = new Ledger()
    const source = new Map<string, number[]>()
    const stock = caches.cache<number>('stock', {
      ...crashOptions,
      write: async (items) => {
        await sleep(random.fraction() * 10)
        for (const { key, value } of items) source.set(key, [...(source.get(key) ?? []), value])
        await sleep(random.fraction() * 10)
      },
    })
    let acknowledged = 0
    let unknown = 0
    let ended = false
    const write = async (key: string): Promise<void> => {
      for (let value = 1; !ended; value++) {
        await stock.writeBehind(key, value).then(
          () => {
            ledger.acknowledge(key, value)
            acknowledged++
          },
          () => void unknown++,
        )
        await sleep(random.fraction() * 20)
      }
    }
    const writers = Array.from({ length: KEYS }, (_, i) => write(`k${i}`))
    for (let kill = 0; kill < kills; kill++) {
      const before = acknowledged
      const target = before + 20 + Math.floor(random.fraction() * 200)
      for (let waited = 0; acknowledged < target && waited < 15_000; waited += 5) await sleep(5)
      expect(acknowledged, 'writes did not go on after a restart').toBeGreaterThan(before)
      await server.kill()
      await server.restart()
    }
    ended = true
    await Promise.all(writers)
    const deadline = 30_000
    for (let waited = 0; ; waited += 100) {
      const flushed = await stock.flush({ deadline: '5s' }).then(
        () => true,
        () => false,
      )
      if (flushed || waited > deadline) break
      await sleep(100)
    }
    const written = [...source.values()].flat().length
    console.log(
      `seed ${seed}: Redis killed ${kills} times, ${acknowledged} writes acknowledged, ${unknown} of unknown outcome, ${written} writes of their newest values made`,
    )
    expect(ledger.keys.flatMap((key) => ledger.check(key, source.get(key) ?? []))).toEqual([])
    expect(ledger.keys.length).toBe(KEYS)
  },
)
