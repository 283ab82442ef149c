import { setTimeout as pause } from 'node:timers/promises'
import { createCacheManager } from '@larder/core'
import { redis } from '@larder/redis'
import { startRedis } from '@larder/testing'
import type { Contender } from '../measure/contender.ts'
import { makeRows } from '../measure/rows.ts'
import { takeTurns } from '../measure/take-turns.ts'
import type { Benchmark, Findings } from '../report/findings.ts'
import { timingTable } from '../report/timing-table.ts'
import type { Read, Row } from '../measure/awaiting-loop.ts'
import { callerLoops } from './caller-loops.ts'
import { openRawReader } from './raw-reader.ts'

/** The number of callers for which there is a target, among those that are measured. */
const JUDGED = 64
const CALLERS = [1, JUDGED, 256]

/** What a hit in the shared store costs, with callers that come one by one, and with many at once. */
export const l2Hit: Benchmark = {
  name: 'l2-hit',
  question: 'What does an L2 hit cost, against getBuffer of ioredis and decoding?',
  async run() {
    await using server = await startRedis()
    const rows = makeRows(1_000)
    const keys = [...rows.keys()]
    const piped = await openRawReader(server.url, rows, { enableAutoPipelining: true })
    const plain = await openRawReader(server.url, rows, { enableAutoPipelining: false })
    await using manager = createCacheManager({ l2: redis({ url: server.url }), l1: false, defaults: { ttl: '1h' } })
    while (!(await manager.health()).live) await pause(10)
    const load = (key: string): Row => rows.get(key) as Row
    const untagged = manager.cache<Row>('untagged', { load })
    const tagged = manager.cache<Row>('tagged', { load, tags: ['a', 'b', 'c'] })
    for (const cache of [untagged, tagged]) await cache.readThroughMany(keys)
    const reads: readonly (readonly [string, Read])[] = [
      ['ioredis getBuffer, auto-pipelining', piped.read],
      ['ioredis getBuffer', plain.read],
      ['readThrough', (key) => untagged.readThrough(key)],
      ['readThrough, 3 tags', (key) => tagged.readThrough(key)],
    ]
    const findings: Findings[] = []
    for (const callers of CALLERS) findings.push(await compare(reads, keys, callers))
    for (const cache of [untagged, tagged]) {
      const { misses } = cache.stats()
      if (misses > keys.length) throw new Error(`${misses - keys.length} reads were not L2 hits`)
    }
    await piped.close()
    await plain.close()
    return { tables: findings.flatMap(({ tables }) => tables), verdicts: findings.flatMap(({ verdicts }) => verdicts) }
  },
}

async function compare(
  reads: readonly (readonly [string, Read])[],
  keys: readonly string[],
  callers: number,
): Promise<Findings> {
  const contenders = reads.map(([name, read]): Contender => ({ name, turn: callerLoops(read, keys, callers) }))
  const timings = await takeTurns(contenders, { rounds: 21, turnMs: 60 })
  const own = timings.filter(({ name }) => name.startsWith('readThrough'))
  const worst = own.reduce((most, timing) => (timing.ratio > most.ratio ? timing : most))
  return {
    tables: [timingTable(`${callers} ${callers === 1 ? 'caller' : 'concurrent callers'}`, timings)],
    verdicts:
      callers !== JUDGED
        ? []
        : [
            {
              target: `an L2 hit with ${callers} concurrent callers takes no longer than getBuffer with auto-pipelining and decoding`,
              found: `${worst.ratio.toFixed(2)} of its time (${worst.name})`,
              met: worst.ratio <= 1,
            },
          ],
  }
}
