import { inspect } from 'node:util'
import { SeededRandom } from '@larder/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { Depot } from './depot.ts'
import type { PlainClient } from './depot.ts'
import { generated } from './generate.ts'
import { RandomShapes } from './random-shapes.ts'

/** LARDER_RANDOM_STEPS=20000 for the long run. */
const STEPS = Number(process.env['LARDER_RANDOM_STEPS'] ?? 700)
const SEED = Number(process.env['LARDER_RANDOM_SEED'] ?? 1)
/** Queries that are asked again and again. */
const POOL = 25

/** Tuples that queries pin beside keys: of an enum, of a text, of numbers, of a foreign key and another field. */
const models = {
  Item: { schemes: [['state'], ['qty', 'slot']] },
  Maker: { schemes: [['country']] },
  Part: { schemes: [['makerId', 'siteId']] },
}

const text = (value: unknown): string => inspect(value, { depth: 9, breakLength: 140 })

/** What a walk came to. `wrong`: the first answer that was not what the database says. */
interface Walk {
  writes: number
  refused: number
  invalid: number
  reads: number
  hits: number
  wrong: string | undefined
}

/** Changes and queries at random, until an answer is wrong. */
async function walk({ prisma, base, model }: Depot, seed: number): Promise<Walk> {
  const shapes = new RandomShapes(model, new SeededRandom(seed))
  const told: Walk = { writes: 0, refused: 0, invalid: 0, reads: 0, hits: 0, wrong: undefined }
  const queries = Array.from({ length: POOL }, () => shapes.read())
  const changes: string[] = []
  const write = async (): Promise<void> => {
    const change = shapes.write()
    changes.push(text(change))
    told.writes++
    const run = async (client: PlainClient): Promise<unknown> =>
      'sql' in change ? prisma.$executeRawUnsafe(change.sql) : client[change.model]?.[change.operation]?.(change.args)
    const isPart = shapes.chance(0.2) && !('sql' in change)
    await (isPart ? prisma.$transaction(run) : run(prisma as unknown as PlainClient)).catch((error: unknown) => {
      told.refused++
      if (error instanceof Error && error.name === 'PrismaClientValidationError') told.invalid++
    })
  }
  for (let step = 0; step < STEPS; step++) {
    if (shapes.chance(step < 100 ? 1 : 0.35)) await write()
    for (let time = 0; time < 3; time++) {
      const at = shapes.below(POOL)
      if (shapes.chance(0.04)) queries[at] = shapes.read()
      const query = queries[at] as (typeof queries)[number]
      const run = async (client: unknown, more: object): Promise<unknown> =>
        (client as PlainClient)[query.model]?.[query.operation]?.({ ...query.args, ...more })
      const { data, info } = await prisma.$cache.withInfo(() => run(prisma, { cache: true }))
      told.reads++
      if (info[0]?.kind !== 'hit') continue
      told.hits++
      const truth = text(await run(base, {}))
      if (text(data) === truth) continue
      told.wrong = `step ${step} of seed ${seed}: ${text(query)} is ${text(data)}, not ${truth}, after ${changes.slice(-3).join('\n')}`
      return told
    }
  }
  return told
}

describe('§6.59: random shapes of queries and changes', () => {
  let made: Awaited<ReturnType<typeof generated>>
  let database: TestDatabase
  beforeAll(async () => {
    made = await generated('depot')
    database = await databases.postgres()
  })
  afterAll(async () => {
    await made[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  test.each([
    { linked: false, schema: false },
    { linked: true, schema: true },
  ])(
    'are never answered wrongly (adapter: $linked, what the generator wrote: $schema)',
    async (how) => {
      await using depot = await Depot.open(database, { folder: made.folder, ...how, options: { models } })
      const told = await walk(depot, SEED)
      expect(told.wrong).toBeUndefined()
      expect(depot.errors).toEqual([])
      expect(told.hits).toBeGreaterThan(told.reads / 5)
      expect(told.refused, text(told)).toBeLessThan(told.writes * 0.8)
      expect(told.invalid, text(told)).toBeLessThan(told.writes / 20)
    },
    STEPS * 100 + 60_000,
  )

  test(
    'are answered wrongly where the schema keeps quiet about what the database does by itself',
    async () => {
      const folder = made.folder
      await using known = await Depot.open(database, { folder, linked: false, schema: true })
      const quiet = known.model.models.map((model) => ({
        ...model,
        fields: model.fields.map((field) => ({
          ...field,
          relation: field.relation && { ...field.relation, onDelete: 'none' as const, onUpdate: 'none' as const },
        })),
      }))
      const options = { schema: { models: quiet, complete: true } }
      await using depot = await Depot.open(database, { folder, linked: true, schema: false, options })
      let wrong: string | undefined
      for (let seed = SEED; wrong === undefined && seed < SEED + 5; seed++) ({ wrong } = await walk(depot, seed))
      expect(wrong).toBeDefined()
    },
    STEPS * 500 + 60_000,
  )
})
