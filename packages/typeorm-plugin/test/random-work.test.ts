import { SeededRandom } from '@larder/testing'
import { describe, expect, test } from 'vitest'
import { databases } from './databases.ts'
import { RandomWork } from './random-work.ts'
import { Shop } from './shop.ts'

const OPERATIONS = Number(process.env['LARDER_ORM_OPERATIONS'] ?? 20_000)
const SEED = Number(process.env['LARDER_ORM_SEED'] ?? 1)

describe('random work', () => {
  test.each([
    ['postgres', 0.6],
    ['mariadb', 0.2],
    ['sqljs', 0.2],
  ] as const)(
    '#55 #59 every answer of the cache is what the database says, on %s',
    { timeout: 900_000 },
    async (name, share) => {
      await using database = await databases[name]()
      await using shop = await Shop.open(database.options, { defaults: { ttl: '1h' } })
      const work = new RandomWork(new SeededRandom(SEED), name === 'mariadb' ? '`' : '"')
      const { manager } = shop.source
      const operations = Math.ceil(OPERATIONS * share)
      for (let done = 0; done < operations; done++) {
        if (work.draw(5) === 0) {
          await work.change(manager)
          continue
        }
        const question = work.question()
        const answer = await question(manager, true)
        expect(answer, `operation ${done} of seed ${SEED}`).toEqual(await question(manager, false))
      }
      const { hits, misses } = shop.handle.stats()
      expect(shop.errors).toEqual([])
      // Without hits it would prove nothing.
      expect(hits / (hits + misses)).toBeGreaterThan(0.1)
      expect(shop.events.filter((event) => event.kind === 'invalidate-all' || event.kind === 'not-kept')).toEqual([])
    },
  )
})
