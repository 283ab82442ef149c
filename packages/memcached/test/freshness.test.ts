import type { CacheManager } from '@larder/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { World } from './world.ts'

/** A loader that a test answers by hand. */
function held<T>(): { readonly load: () => Promise<T>; readonly called: Promise<void>; answer(value: T): void } {
  let answer = (_value: T): void => {}
  let call = (): void => {}
  const called = new Promise<void>((resolve) => (call = resolve))
  const value = new Promise<T>((resolve) => (answer = resolve))
  return {
    called,
    load: () => {
      call()
      return value
    },
    answer,
  }
}

for (const kind of ['marks in Memcached alone', 'the journal of a Redis'] as const) {
  describe(`with ${kind}`, () => {
    let world: World
    let count = 0
    let one: CacheManager
    let two: CacheManager

    beforeAll(async () => {
      world = await World.start(3, kind === 'the journal of a Redis' ? 'redis' : undefined)
      one = world.node()
      two = world.node()
      await eventually(
        async () => (await one.health()).status === 'healthy' && (await two.health()).status === 'healthy',
      )
    })

    afterAll(async () => {
      await world?.[Symbol.asyncDispose]()
    })

    /** The same fresh cache on both nodes. */
    const caches = (): readonly [ReturnType<typeof one.cache<string>>, ReturnType<typeof two.cache<string>>] => {
      const name = `cache${++count}`
      return [one.cache<string>(name), two.cache<string>(name)]
    }
    /** Without a journal the next read sees it; with one it is bounded by the delivery. */
    const soon = async (check: () => Promise<void>): Promise<void> => {
      if (kind === 'marks in Memcached alone') await check()
      else await eventually(() => check().then(() => true))
    }

    test('what one node loads another one reads', async () => {
      const [a, b] = caches()
      expect(await a.readThrough('k', async () => 'v')).toBe('v')
      expect(await b.get('k')).toBe('v')
    })

    test('a slow loader does not undo a delete on another node', async () => {
      const [a, b] = caches()
      const slow = held<string>()
      const reading = a.readThrough('k', slow.load)
      await slow.called
      await b.delete('k')
      slow.answer('old')
      expect(await reading).toBe('old')
      await soon(async () => {
        expect(await b.get('k')).toBeUndefined()
        expect(await a.get('k')).toBeUndefined()
      })
      expect(await b.readThrough('k', async () => 'new')).toBe('new')
    })

    test('a slow loader does not undo a set on another node', async () => {
      const [a, b] = caches()
      const slow = held<string>()
      const reading = a.readThrough('k', slow.load)
      await slow.called
      await b.set('k', 'set')
      slow.answer('old')
      await reading
      await soon(async () => {
        expect(await b.get('k')).toBe('set')
        expect(await a.get('k')).toBe('set')
      })
    })

    test('a slow loader does not undo the invalidation of its named or late tags, or a clear', async () => {
      const cases: readonly [
        tags: readonly string[] | (() => readonly string[]),
        invalidate: (name: string) => Promise<void>,
      ][] = [
        [['named'], () => two.invalidateTags('named')],
        [() => ['late'], () => two.invalidateTags('late')],
        [[], (name) => two.cache(name).clear()],
      ]
      for (const [tags, invalidate] of cases) {
        const name = `cache${++count}`
        const a = one.cache<string>(name, { tags })
        const slow = held<string>()
        const reading = a.readThrough('k', slow.load)
        await slow.called
        await invalidate(name)
        slow.answer('old')
        await reading
        await soon(async () => {
          expect(await a.get('k')).toBeUndefined()
          expect(await two.cache<string>(name).get('k')).toBeUndefined()
        })
      }
    })

    test('tags and clear reach entries on every server', async () => {
      const name = `cache${++count}`
      const a = one.cache<number>(name)
      const b = two.cache<number>(name)
      const keys = Array.from({ length: 60 }, (_, i) => `k${i}`)
      for (const [i, key] of keys.entries()) await a.set(key, i, { tags: [i % 2 === 0 ? 'even' : 'odd'] })
      expect((await b.getMany(keys)).size).toBe(60)
      await a.invalidateTags('even')
      await soon(async () => expect([...(await b.getMany(keys)).values()].every((value) => value % 2 === 1)).toBe(true))
      expect((await a.getMany(keys)).size).toBe(30)
      await a.clear()
      await soon(async () => expect((await b.getMany(keys)).size).toBe(0))
    })

    test('one load a key for two nodes and many callers', async () => {
      const [a, b] = caches()
      let loads = 0
      const load = async (): Promise<string> => {
        loads++
        await new Promise((resolve) => setImmediate(resolve))
        return 'v'
      }
      const reads = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? a : b).readThrough('k', load))
      expect(new Set(await Promise.all(reads))).toEqual(new Set(['v']))
      expect(loads).toBe(1)
    })

    test('two versioned writers end with the newer value', async () => {
      const [a, b] = caches()
      const writes = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? a : b).set('k', `v${i}`, { version: i }))
      await Promise.all(writes)
      await soon(async () => expect(await a.get('k')).toBe('v19'))
    })

    test('increments from two nodes are all counted, and touch, expire and addTags act on what is stored', async () => {
      const name = `cache${++count}`
      const [a, b] = [one.cache<number>(name), two.cache<number>(name)]
      await Promise.all(Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? a : b).increment('n')))
      await soon(async () => expect(await a.get('n')).toBe(30))
      expect(await a.touch('n', '1h')).toBe(true)
      expect(await b.addTags('n', 'counted')).toBe(true)
      await one.invalidateTags('counted')
      await soon(async () => expect(await b.get('n')).toBeUndefined())
    })
  })
}

test('with a bound in time and no journal, another node shows an invalidation when the bound is over', async () => {
  await using world = await World.start(1)
  const [one, two] = [world.node(), world.node({ l1: { ttl: '300ms' } })]
  const users = two.cache<string>('users')
  await users.readThrough('k', async () => 'old')
  await one.cache('users').delete('k')
  expect(await users.get('k')).toBe('old')
  await eventually(async () => (await users.get('k')) === undefined)
  await users.readThrough('k', async () => 'old')
  await users.delete('k')
  expect(await users.get('k')).toBeUndefined()
})
