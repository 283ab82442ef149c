import { SeededRandom } from '@larder/testing'
import { expect, test } from 'vitest'
import { databases } from './databases.ts'
import { entities } from './entities.ts'
import { oddShapes } from './odd-shapes.ts'
import { OddWork } from './odd-work.ts'
import { Shop } from './shop.ts'

const OPERATIONS = Number(process.env['LARDER_ORM_OPERATIONS'] ?? 20_000) / 5
const SEED = Number(process.env['LARDER_ORM_SEED'] ?? 1)

test.each([
  ['postgres', 0.5],
  ['sqljs', 0.5],
] as const)(
  '#30 #59 random work on inheritance, trees, views, embedded and composite keys, on %s',
  { timeout: 900_000 },
  async (name, share) => {
    await using database = await databases[name]()
    await using shop = await Shop.open(
      { ...database.options, entities: [...entities, ...oddShapes] },
      { defaults: { ttl: '1h' } },
    )
    const work = new OddWork(new SeededRandom(SEED))
    const { manager } = shop.source
    for (let done = 0; done < OPERATIONS * share; done++) {
      if (work.draw(5) === 0) {
        await work.change(manager)
        continue
      }
      const question = work.question()
      expect(await question(manager, true), `operation ${done} of seed ${SEED}`).toEqual(await question(manager, false))
    }
    const { hits, misses } = shop.handle.stats()
    expect(shop.errors).toEqual([])
    expect(hits / (hits + misses)).toBeGreaterThan(0.1)
    expect(shop.events.filter((event) => event.kind === 'invalidate-all' || event.kind === 'not-kept')).toEqual([])
  },
)
