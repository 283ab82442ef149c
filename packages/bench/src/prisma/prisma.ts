import { createCacheManager } from '@larder/core'
import { cachedAdapter, cacheExtension, createAdapterLink } from '@larder/prisma-extension'
import { startPostgres } from '@larder/testing'
import { PrismaPg } from '@prisma/adapter-pg'
import type { Contender } from '../measure/contender.ts'
import { takeTurns } from '../measure/take-turns.ts'
import type { Benchmark } from '../report/findings.ts'
import { timingTable } from '../report/timing-table.ts'
import { PrismaClient } from './generated/client.ts'

const ROWS = 10_000
const PACE = { rounds: 40, turnMs: 60 } as const
/** Largest time of a query that is not cached, with the extension, against Prisma alone. */
const MOST = 1.1

/** What the extension costs where it does not help, and saves where it does. */
export const prisma: Benchmark = {
  name: 'prisma',
  question: "What does the Prisma extension cost a findUnique, against Prisma's own time on PostgreSQL?",
  async run() {
    await using server = await startPostgres()
    await using caches = createCacheManager()
    const factory = (): PrismaPg => new PrismaPg({ connectionString: server.url })
    const link = createAdapterLink()
    const alone = new PrismaClient({ adapter: factory() })
    const base = new PrismaClient({ adapter: factory() })
    const baseLinked = new PrismaClient({ adapter: cachedAdapter(factory(), link) })
    const extended = base.$extends(cacheExtension({ cache: caches }))
    const linked = baseLinked.$extends(cacheExtension({ cache: caches, link, dbId: 'linked' }))
    try {
      await alone.$executeRaw`DROP TABLE IF EXISTS larder_bench_prisma_account`
      await alone.$executeRaw`CREATE TABLE larder_bench_prisma_account (id SERIAL PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE,
        balance INTEGER NOT NULL, "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP)`
      await alone.$executeRaw`INSERT INTO larder_bench_prisma_account (name, email, balance) SELECT 'n' || i, 'e' || i, i FROM generate_series(1, ${ROWS}::int) i`
      const timings = await takeTurns(
        [
          reading('Prisma alone', (id) => alone.account.findUnique({ where: { id } }), ROWS),
          reading(
            'with the extension, not asked for the cache',
            (id) => extended.account.findUnique({ where: { id } }),
            ROWS,
          ),
          reading(
            'with extension and adapter, not asked for the cache',
            (id) => linked.account.findUnique({ where: { id } }),
            ROWS,
          ),
          reading(
            'a miss that is stored',
            (id) => extended.account.findUnique({ where: { id }, cache: { ttl: 1 } }),
            ROWS,
          ),
          reading(
            'a hit in this process',
            (id) => extended.account.findUnique({ where: { id }, cache: { ttl: '1h' } }),
            100,
          ),
        ],
        PACE,
      )
      const ratios = [timings[1]?.ratio ?? Number.NaN, timings[2]?.ratio ?? Number.NaN]
      return {
        tables: [timingTable('One findUnique after the other', timings)],
        verdicts: ratios.map((ratio, index) => ({
          target: `a query that is not cached takes at most ${MOST} times Prisma's own time${index === 0 ? '' : ', with the adapter too'}`,
          found: ratio.toFixed(3),
          met: ratio <= MOST,
        })),
      }
    } finally {
      await alone.$executeRaw`DROP TABLE IF EXISTS larder_bench_prisma_account`
      await Promise.all([alone.$disconnect(), base.$disconnect(), baseLinked.$disconnect()])
    }
  },
}

/** Reads rows one after the other. */
function reading(
  name: string,
  read: (id: number) => PromiseLike<{ readonly id: number } | null>,
  among: number,
): Contender {
  let next = 0
  return {
    name,
    async turn(operations) {
      for (let done = 0; done < operations; done++) {
        const id = 1 + (next++ % among)
        if ((await read(id))?.id !== id) throw new Error(`account ${id} was not found`)
      }
    },
  }
}
