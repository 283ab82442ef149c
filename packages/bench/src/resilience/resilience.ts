import { setTimeout as pause } from 'node:timers/promises'
import { createCacheManager } from '@larder/core'
import type { Backend } from '@larder/core'
import { redis } from '@larder/redis'
import { resilient } from '@larder/resilience'
import { startRedis } from '@larder/testing'
import { callerLoops } from '../l2-hit/caller-loops.ts'
import type { Row } from '../measure/awaiting-loop.ts'
import type { Contender } from '../measure/contender.ts'
import { makeRows } from '../measure/rows.ts'
import { takeTurns } from '../measure/take-turns.ts'
import type { Benchmark, Findings } from '../report/findings.ts'
import { timingTable } from '../report/timing-table.ts'

/** The number of callers for which there is a target, among those that are measured. */
const JUDGED = 64
const CALLERS = [1, JUDGED, 256]
const MOST = 1.5

/** What the policies around a backend cost where it counts: on a hit in the shared store. */
export const resilience: Benchmark = {
  name: 'resilience',
  question: 'What does an L2 hit cost through a resilient backend, against the bare backend?',
  async run() {
    await using server = await startRedis()
    const bare = await openReader('bare backend', redis({ url: server.url }))
    const usual = await openReader('resilient, defaults', resilient(redis({ url: server.url })))
    const all = await openReader(
      'resilient, with a bulkhead',
      resilient(redis({ url: server.url }), { bulkhead: { maxConcurrent: 512 } }),
    )
    const readers = [bare, usual, all]
    const findings: Findings[] = []
    for (const callers of CALLERS) findings.push(await compare(readers, callers))
    for (const reader of readers) await reader.close()
    return { tables: findings.flatMap(({ tables }) => tables), verdicts: findings.flatMap(({ verdicts }) => verdicts) }
  },
}

interface Reader {
  readonly contender: (callers: number) => Contender
  close(): Promise<void>
}

/** A cache without memory of its own, whose every read is a hit in the store. */
async function openReader(name: string, l2: Backend): Promise<Reader> {
  const rows = makeRows(1_000)
  const keys = [...rows.keys()]
  const manager = createCacheManager({ l2, namespace: name.replaceAll(/\W/g, '-'), l1: false, defaults: { ttl: '1h' } })
  while (!(await manager.health()).live) await pause(10)
  const cache = manager.cache<Row>('rows', { load: (key) => rows.get(key) as Row })
  await cache.readThroughMany(keys)
  return {
    contender: (callers) => ({ name, turn: callerLoops((key) => cache.readThrough(key), keys, callers) }),
    close: async () => {
      const { misses } = cache.stats()
      if (misses > keys.length) throw new Error(`${misses - keys.length} reads were not L2 hits`)
      await manager.close()
    },
  }
}

async function compare(readers: readonly Reader[], callers: number): Promise<Findings> {
  const contenders = readers.map(({ contender }) => contender(callers))
  const timings = await takeTurns(contenders, { rounds: 21, turnMs: 60 })
  const worst = timings.slice(1).reduce((most, timing) => (timing.ratio > most.ratio ? timing : most))
  const verdict = {
    target: `an L2 hit through a resilient backend with ${callers} concurrent callers takes at most ${MOST} of its time without`,
    found: `${worst.ratio.toFixed(2)} (${worst.name})`,
    met: worst.ratio <= MOST,
  }
  return {
    tables: [timingTable(`${callers} ${callers === 1 ? 'caller' : 'concurrent callers'}`, timings)],
    verdicts: callers === JUDGED ? [verdict] : [],
  }
}
