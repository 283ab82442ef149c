import { describe, expect, it } from 'vitest'
import { SeededRandom } from '@larder/testing'
import { Model } from './model.ts'

const OPERATIONS = Number(process.env['LARDER_TAG_OPERATIONS'] ?? 1_000_000)
const SEEDS = 20

describe('the tag algebra', () => {
  it(
    `#59 never lets an entry outlive a change of its answer, in ${OPERATIONS} operations on a model`,
    { timeout: 600_000 },
    () => {
      const totals = { wrong: 0, hits: 0, misses: 0, writes: 0 }
      for (let seed = 1; seed <= SEEDS; seed++) {
        const model = new Model(new SeededRandom(seed), 'schemes')
        model.run(Math.ceil(OPERATIONS / SEEDS))
        expect(model.wrong, `seed ${seed}`).toEqual([])
        totals.hits += model.hits
        totals.misses += model.misses
        totals.writes += model.writes
      }
      // A run without hits, or without changes, would prove nothing.
      expect(totals.hits).toBeGreaterThan(OPERATIONS / 20)
      expect(totals.writes).toBeGreaterThan(OPERATIONS / 10)
    },
  )

  it('keeps entries that tags of whole tables would not', () => {
    const run = (grain: 'schemes' | 'tables'): Model => {
      const model = new Model(new SeededRandom(7), grain)
      model.run(20_000)
      return model
    }
    expect(run('schemes').hits).toBeGreaterThan(1.3 * run('tables').hits)
  })

  it.each(['no wildcard', 'no cascade', 'no old values', 'no coarse tag'] as const)(
    'is found wrong by the model with %s',
    (fault) => {
      const model = new Model(new SeededRandom(3), 'schemes', fault)
      model.run(50_000)
      expect(model.wrong.length).toBeGreaterThan(0)
    },
  )
})
