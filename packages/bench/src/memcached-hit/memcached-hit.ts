import { setTimeout as pause } from 'node:timers/promises'
import { createCacheManager, msgpackCodec } from '@larder/core'
import { memcached } from '@larder/memcached'
import { redis } from '@larder/redis'
import { startMemcached, startRedis } from '@larder/testing'
import { Client } from 'memjs'
import { callerLoops } from '../l2-hit/caller-loops.ts'
import type { Read, Row } from '../measure/awaiting-loop.ts'
import type { Contender } from '../measure/contender.ts'
import { makeRows } from '../measure/rows.ts'
import { takeTurns } from '../measure/take-turns.ts'
import type { Benchmark } from '../report/findings.ts'
import type { Table } from '../report/table.ts'
import { timingTable } from '../report/timing-table.ts'

const CALLERS = [1, 64]

/** What a hit in Memcached costs: with a journal elsewhere, and with marks beside the entries, which every hit asks for. */
export const memcachedHit: Benchmark = {
  name: 'memcached-hit',
  question: 'What does a hit in Memcached cost, against get of memjs and decoding?',
  async run() {
    await using server = await startMemcached({ own: true })
    await using journal = await startRedis()
    const rows = makeRows(1_000)
    const keys = [...rows.keys()]
    const client = Client.create(`${server.host}:${server.port}`)
    await Promise.all([...rows].map(([key, row]) => client.set(key, Buffer.from(msgpackCodec.encode(row)), {})))
    const bare: Read = async (key) => msgpackCodec.decode((await client.get(key)).value as Buffer) as Row

    const servers = [server.url]
    const common = { l1: false, defaults: { ttl: '1h' } } as const
    await using told = createCacheManager({
      ...common,
      l2: memcached({ servers, journal: redis({ url: journal.url }) }),
    })
    await using alone = createCacheManager({ ...common, namespace: 'alone', l2: memcached({ servers }) })
    while (!(await told.health()).live) await pause(10)
    const load = (key: string): Row => rows.get(key) as Row
    const [withJournal, withMarks] = [told.cache<Row>('users', { load }), alone.cache<Row>('users', { load })]
    for (const cache of [withJournal, withMarks]) await cache.readThroughMany(keys)

    const reads: readonly (readonly [string, Read])[] = [
      ['memjs get', bare],
      ['readThrough, journal in Redis', (key) => withJournal.readThrough(key)],
      ['readThrough, marks in Memcached', (key) => withMarks.readThrough(key)],
    ]
    const tables: Table[] = []
    for (const callers of CALLERS) {
      const contenders = reads.map(([name, read]): Contender => ({ name, turn: callerLoops(read, keys, callers) }))
      const timings = await takeTurns(contenders, { rounds: 15, turnMs: 60 })
      tables.push(timingTable(`${callers} ${callers === 1 ? 'caller' : 'concurrent callers'}`, timings))
    }
    for (const cache of [withJournal, withMarks]) {
      const { misses } = cache.stats()
      if (misses > keys.length) throw new Error(`${misses - keys.length} reads were no hits`)
    }
    client.quit()
    return { tables, verdicts: [] }
  },
}
