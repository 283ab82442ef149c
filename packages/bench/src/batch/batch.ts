import { setTimeout as pause } from 'node:timers/promises'
import { createCacheManager, msgpackCodec } from '@larder/core'
import { redis } from '@larder/redis'
import { startRedis } from '@larder/testing'
import { Redis } from 'ioredis'
import type { Row } from '../measure/awaiting-loop.ts'
import type { Contender } from '../measure/contender.ts'
import { makeRows } from '../measure/rows.ts'
import { takeTurns } from '../measure/take-turns.ts'
import type { Timing } from '../measure/take-turns.ts'
import type { Benchmark } from '../report/findings.ts'
import { timingTable } from '../report/timing-table.ts'

const BATCH = 100
const TTL_S = 3_600

/** What reading and writing a hundred entries at once costs beyond doing it by hand. */
export const batch: Benchmark = {
  name: 'batch',
  question:
    'What do getMany(100) and setMany(100) cost, against MGET with decoding and a pipeline of SET with encoding?',
  async run() {
    await using server = await startRedis()
    const rows = makeRows(1_000)
    const batches = inBatches([...rows.keys()])
    const bare = new Redis(server.url)
    await using manager = createCacheManager({ l2: redis({ url: server.url }), l1: false, defaults: { ttl: '1h' } })
    while (!(await manager.health()).live) await pause(10)
    const users = manager.cache<Row>('users')
    const tagged = manager.cache<Row>('tagged', { tags: ['a', 'b', 'c'] })
    const rowsOf = (keys: readonly string[]): readonly (readonly [string, Row])[] =>
      keys.map((key) => [key, rows.get(key) as Row])

    const pipeline = async (keys: readonly string[]): Promise<unknown> => {
      const commands = bare.pipeline()
      for (const [key, row] of rowsOf(keys)) commands.set(key, Buffer.from(msgpackCodec.encode(row)), 'EX', TTL_S)
      return commands.exec()
    }
    const mget = async (keys: readonly string[]): Promise<unknown> =>
      (await bare.mgetBuffer(...keys)).map((bytes) => msgpackCodec.decode(bytes as Buffer))
    for (const keys of batches)
      await Promise.all([pipeline(keys), users.setMany(rowsOf(keys)), tagged.setMany(rowsOf(keys))])

    const pace = { rounds: 15, turnMs: 60 }
    const reads = await takeTurns(
      [
        repeat('mgetBuffer and decoding', batches, mget),
        repeat('getMany', batches, (keys) => users.getMany(keys)),
        repeat('getMany, 3 tags', batches, (keys) => tagged.getMany(keys)),
      ],
      pace,
    )
    const writes = await takeTurns(
      [
        repeat('pipeline of SET, and encoding', batches, pipeline),
        repeat('setMany', batches, (keys) => users.setMany(rowsOf(keys))),
        repeat('setMany, 3 tags', batches, (keys) => tagged.setMany(rowsOf(keys))),
      ],
      pace,
    )
    const { misses } = users.stats()
    if (misses > 0) throw new Error(`${misses} reads were not L2 hits`)
    await bare.quit()
    return {
      tables: [
        timingTable(`Reading ${BATCH} entries, one batch after the other`, perBatch(reads)),
        timingTable(`Writing ${BATCH} entries, one batch after the other`, perBatch(writes)),
      ],
      verdicts: [],
    }
  },
}

function inBatches(keys: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: keys.length / BATCH }, (_, at) => keys.slice(at * BATCH, (at + 1) * BATCH))
}

/** Operations are counted in entries, so that a turn holds enough batches whatever they cost. */
function repeat(
  name: string,
  batches: readonly (readonly string[])[],
  work: (keys: readonly string[]) => Promise<unknown>,
): Contender {
  return {
    name,
    turn: async (entries) => {
      for (let done = 0, at = 0; done < entries; done += BATCH) {
        await work(batches[at] as readonly string[])
        if (++at === batches.length) at = 0
      }
    },
  }
}

function perBatch(timings: readonly Timing[]): readonly Timing[] {
  return timings.map((timing) => ({ ...timing, ns: timing.ns * BATCH }))
}
