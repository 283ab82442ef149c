import { createCache } from '@larder/core'
import type { L1Options } from '@larder/core'
import type { Benchmark } from '../report/findings.ts'
import type { Column, Row } from '../report/table.ts'
import { readTraces } from './read-trace.ts'
import type { Trace } from './read-trace.ts'
import { zipfTrace } from './zipf-trace.ts'

const COLUMNS: readonly Column[] = [
  { field: 'trace', label: 'trace, entries as a share of its keys' },
  { field: 'maxEntries', label: 'entries' },
  { field: 'lru', label: 'lru', digits: 3 },
  { field: 'lfu', label: 'lfu', digits: 3 },
]

/** Sizes of the L1, as shares of the distinct keys of a trace. */
const CAPACITIES = [0.01, 0.1]

/** How much of a workload L1 answers: of the traces in the folder that `LARDER_TRACES` names, and of one made by Zipf's law. */
export const hitRatio: Benchmark = {
  name: 'hit-ratio',
  question: 'Which share of the reads does L1 answer, by LRU and by S3-FIFO?',
  async run() {
    const folder = process.env['LARDER_TRACES']
    const traces = [
      zipfTrace({ requests: 100_000, keys: 300_000, once: 0.3, seed: 1 }),
      ...(folder === undefined ? [] : readTraces(folder)),
    ]
    const rows: Row[] = []
    const gains: number[] = []
    for (const trace of traces) {
      const distinct = new Set(trace.keys).size
      for (const capacity of CAPACITIES) {
        const maxEntries = Math.max(10, Math.floor(distinct * capacity))
        const lru = await ratioOf(trace, { policy: 'lru', maxEntries })
        const lfu = await ratioOf(trace, { policy: 'lfu', maxEntries })
        gains.push(lfu - lru)
        rows.push({ trace: `${trace.name}, ${capacity * 100}%`, maxEntries, lru, lfu })
      }
    }
    const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length
    return {
      tables: [{ title: 'Hit ratio', columns: COLUMNS, rows }],
      verdicts: [
        {
          target: "on the mean of the traces, 'lfu' answers more than 'lru'",
          found: `${(mean * 100).toFixed(1)} points more, ${(Math.min(...gains) * 100).toFixed(1)} at worst`,
          met: mean > 0,
        },
      ],
    }
  },
}

/** The share of a trace's reads that L1 answers. */
async function ratioOf(trace: Trace, l1: L1Options): Promise<number> {
  await using cache = createCache<number>('traced', { l1: { ...l1, maxBytes: '4gb' }, load: () => 1, ttl: '1h' })
  for (const key of trace.keys) await cache.readThrough(key)
  return cache.stats().l1Hits / trace.keys.length
}
