import { createCacheManager } from '@larder/core'
import { startPostgres } from '@larder/testing'
import { installCache } from '@larder/typeorm-plugin'
import { DataSource, EntitySchema } from 'typeorm'
import type { Contender } from '../measure/contender.ts'
import { takeTurns } from '../measure/take-turns.ts'
import type { Benchmark } from '../report/findings.ts'
import { timingTable } from '../report/timing-table.ts'

const ROWS = 10_000
const PACE = { rounds: 40, turnMs: 60 } as const
/** Largest time of a query that is not cached, with the plugin, against TypeORM alone. */
const MOST = 1.1

interface Account {
  readonly id: number
  readonly name: string
  readonly email: string
  readonly balance: number
  readonly createdAt: Date
}

const accounts = new EntitySchema<Account>({
  name: 'Account',
  tableName: 'larder_bench_account',
  columns: {
    id: { type: Number, primary: true, generated: true },
    name: { type: String },
    email: { type: String, unique: true },
    balance: { type: Number },
    createdAt: { type: 'timestamptz', createDate: true },
  },
})

/** What the plugin costs where it does not help, and saves where it does. */
export const typeorm: Benchmark = {
  name: 'typeorm',
  question: "What does the TypeORM plugin cost a findOne by primary key, against TypeORM's own time on PostgreSQL?",
  async run() {
    await using server = await startPostgres()
    await using caches = createCacheManager()
    const open = (): Promise<DataSource> =>
      new DataSource({ type: 'postgres', url: server.url, entities: [accounts] }).initialize()
    const [alone, installed] = [await open(), await open()]
    try {
      await alone.synchronize()
      await alone.query(
        `INSERT INTO larder_bench_account(name, email, balance) SELECT 'n' || i, 'e' || i, i FROM generate_series(1, ${ROWS}) i`,
      )
      await using _handle = await installCache(installed, { cache: caches })
      const timings = await takeTurns(
        [
          reading('TypeORM alone', alone, undefined),
          reading('with the plugin, not asked for the cache', installed, undefined),
          reading('with the plugin, a miss that is stored', installed, 1),
          reading('with the plugin, a hit in this process', installed, 3_600_000),
        ],
        PACE,
      )
      const uncached = timings[1]?.ratio ?? Number.NaN
      return {
        tables: [timingTable('One findOne by primary key after the other', timings)],
        verdicts: [
          {
            target: `a query that is not cached takes at most ${MOST} times TypeORM's own time`,
            found: uncached.toFixed(3),
            met: uncached <= MOST,
          },
        ],
      }
    } finally {
      await alone.query('DROP TABLE IF EXISTS larder_bench_account')
      await Promise.all([alone.destroy(), installed.destroy()])
    }
  },
}

/** Reads rows one after the other: all of them for misses, as many as stay in memory for hits. */
function reading(name: string, source: DataSource, cache: number | undefined): Contender {
  const among = cache === 3_600_000 ? 100 : ROWS
  let next = 0
  return {
    name,
    async turn(operations) {
      for (let done = 0; done < operations; done++) {
        const id = 1 + (next++ % among)
        const found = await source.manager.findOne(
          accounts,
          cache === undefined ? { where: { id } } : { where: { id }, cache },
        )
        if (found?.id !== id) throw new Error(`account ${id} was not found`)
      }
    },
  }
}
