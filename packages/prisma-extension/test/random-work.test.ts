import { SeededRandom } from '@larder/testing'
import { describe, expect, test } from 'vitest'
import { databases } from './databases.ts'
import { RandomWork } from './random-work.ts'
import { Shop } from './shop.ts'

/** Of each kind: 20,000 in all. LARDER_RANDOM_STEPS for longer runs. */
const STEPS = Number(process.env['LARDER_RANDOM_STEPS'] ?? 5_000)
const SEED = Number(process.env['LARDER_RANDOM_SEED'] ?? 1)

describe('§6.59: random work', () => {
  test.each([
    { kind: 'sqlite', linked: false },
    { kind: 'sqlite', linked: true },
    { kind: 'postgres', linked: false },
    { kind: 'postgres', linked: true },
  ] as const)(
    'on $kind, learned from the adapter: $linked, is never answered wrongly',
    async ({ kind, linked }) => {
      await using database = await databases[kind]()
      await using shop = await Shop.open(database, { linked })
      const work = new RandomWork(shop, new SeededRandom(SEED))
      for (let step = 0; step < STEPS; step++) expect(await work.step(), `step ${step} of seed ${SEED}`).toBeUndefined()
      expect(shop.errors).toEqual([])
      expect(work.hits).toBeGreaterThan(STEPS / 20)
    },
    STEPS * 60 + 60_000,
  )
})
