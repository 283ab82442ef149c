import { inspect } from 'node:util'
import { SeededRandom } from '@larder/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databases } from './databases.ts'
import { Depot } from './depot.ts'
import type { PlainClient } from './depot.ts'
import { generated } from './generate.ts'
import { RandomShapes } from './random-shapes.ts'

/** LARDER_RANDOM_STEPS=20000 for the long run. */
const STEPS = Number(process.env['LARDER_RANDOM_STEPS'] ?? 1_500)
/** Queries that are asked again and again. */
const POOL = 25
const SEED = Number(process.env['LARDER_RANDOM_SEED'] ?? 1)

const text = (value: unknown): string => inspect(value, { depth: 9, maxArrayLength: 200, breakLength: 140 })

describe('§6.59: random shapes of queries and changes', () => {
  let made: Awaited<ReturnType<typeof generated>>
  beforeAll(async () => {
    made = await generated('depot')
  })
  afterAll(() => made[Symbol.asyncDispose]())

  test.each([
    { linked: false, schema: false },
    { linked: true, schema: true },
  ])(
    'are never answered wrongly (adapter: $linked, what the generator wrote: $schema)',
    async ({ linked, schema }) => {
      await using database = await databases.postgres()
      await using depot = await Depot.open(database, { folder: made.folder, linked, schema })
      const shapes = new RandomShapes(depot.model, new SeededRandom(SEED))
      const told = { writes: 0, refused: 0, invalid: 0, hits: 0, reads: 0 }
      const queries = Array.from({ length: POOL }, () => shapes.read())
      const recent: string[] = []
      const invalid: string[] = []
      for (let step = 0; step < STEPS; step++) {
        if (shapes.chance(step < 100 ? 1 : 0.35)) {
          const write = shapes.write()
          told.writes++
          recent.push(text(write))
          if (recent.length > 4) recent.shift()
          const client = depot.prisma as unknown as PlainClient
          const run = async (on: PlainClient): Promise<unknown> =>
            'sql' in write
              ? depot.prisma.$executeRawUnsafe(write.sql)
              : on[write.model]?.[write.operation]?.(write.args)
          const done = shapes.chance(0.2) && !('sql' in write) ? depot.prisma.$transaction(run) : run(client)
          await done.catch((error: unknown) => {
            told.refused++
            if (error instanceof Error && error.name === 'PrismaClientValidationError') {
              told.invalid++
              invalid.push(`${text(write)} ${error.message.slice(-300)}`)
            }
          })
        }
        for (let time = 0; time < 4; time++) {
          const at = shapes.below(POOL)
          if (shapes.chance(0.04)) queries[at] = shapes.read()
          const query = queries[at] as (typeof queries)[number]
          const run = async (client: unknown, more: object): Promise<unknown> =>
            (client as PlainClient)[query.model]?.[query.operation]?.({ ...query.args, ...more })
          const { data, info } = await depot.prisma.$cache.withInfo(() => run(depot.prisma, { cache: true }))
          told.reads++
          if (info[0]?.kind !== 'hit') continue
          told.hits++
          const truth = text(await run(depot.base, {}))
          expect(text(data), `step ${step} of seed ${SEED}: ${text(query)} after ${recent.join('\n')}`).toBe(truth)
        }
      }
      expect(depot.errors).toEqual([])
      expect(told.hits).toBeGreaterThan(told.reads / 5)
      expect(told.invalid, invalid[0]).toBeLessThan(told.writes / 50)
      expect(told.refused).toBeLessThan(told.writes * 0.8)
      const count = async (model: string): Promise<unknown> =>
        (depot.base as unknown as PlainClient)[model]?.['count']?.({})
      if (process.env['LARDER_RANDOM_STEPS'] !== undefined)
        console.log(told, await Promise.all(['site', 'item', 'part', 'maker', 'badge', 'keeper', 'move'].map(count)))
    },
    STEPS * 100 + 60_000,
  )
})
