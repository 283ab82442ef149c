import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { createCacheManager } from '@larder/core'
import { redis } from '@larder/redis'
import { startRedis } from '@larder/testing'
import { quantile } from '../measure/quantile.ts'
import type { Benchmark } from '../report/findings.ts'

const SIZES = [10, 1_000, 100_000] as const
const BATCH = 1_000
const ROUNDS = 200
/** Largest share by which a median may differ from that of the smallest tag and count as the same. */
const NOISE = 0.5

/** What it costs to invalidate a tag, by the number of entries that carry it. */
export const tags: Benchmark = {
  name: 'tags',
  question: 'Does the invalidation of a tag cost more where more entries carry it?',
  async run() {
    await using server = await startRedis()
    await using manager = createCacheManager({
      l2: redis({ url: server.url, timeoutMs: 10_000 }),
      defaults: { timeouts: { store: '10s' } },
    })
    while (!(await manager.health()).live) await pause(10)
    for (const size of SIZES) {
      const cache = manager.cache<number, number>(`tagged-${size}`)
      for (let from = 0; from < size; from += BATCH) {
        const keys = Array.from({ length: Math.min(BATCH, size - from) }, (_, index) => from + index)
        await cache.setMany(
          keys.map((key) => [key, key] as const),
          { tags: [`tag-${size}`] },
        )
      }
    }
    const waits = new Map<number, number[]>(SIZES.map((size) => [size, []]))
    for (let round = 0; round < ROUNDS; round++) {
      for (const size of SIZES) {
        const began = performance.now()
        await manager.invalidateTags(`tag-${size}`)
        waits.get(size)?.push(performance.now() - began)
      }
    }
    const medians = SIZES.map((size) => quantile(waits.get(size) ?? [], 0.5))
    const ratios = medians.map((median) => median / (medians[0] as number))
    const worst = Math.max(...ratios)
    return {
      tables: [
        {
          title: '',
          columns: [
            { field: 'size', label: '' },
            { field: 'ms', label: 'ms, median', digits: 3 },
            { field: 'ratio', label: 'times that of the smallest', digits: 2 },
          ],
          rows: SIZES.map((size, index) => ({
            size: `${size} entries`,
            ms: medians[index] as number,
            ratio: ratios[index] as number,
          })),
        },
      ],
      verdicts: [
        {
          target: `a tag of ${SIZES[2]} entries costs what one of ${SIZES[0]} costs, within ${NOISE * 100} %`,
          found: worst.toFixed(2),
          met: worst <= 1 + NOISE,
        },
      ],
    }
  },
}
