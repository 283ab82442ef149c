import { createCacheManager, memory, UnsupportedError } from '@larder/core'
import type { Backend, CacheManager, ManagerOptions } from '@larder/core'
import type { Journal } from '@larder/core/contracts'
import { FakeClock, SeededRandom } from '@larder/testing'
import { expect, test } from 'vitest'
import { heldLoader } from './world.ts'

/** Nodes over a backend that keeps marks and tells nobody of anything. */
function deafWorld(): {
  readonly clock: FakeClock
  readonly backend: Backend
  readonly node: (options?: ManagerOptions) => CacheManager
} {
  const clock = new FakeClock()
  const random = new SeededRandom(1)
  const inner = memory({ clock, random })
  const real = inner.journal as Journal
  const refuse = (): never => {
    throw new Error('nobody follows a journal without delivery')
  }
  const journal: Journal = {
    manifest: { delivery: 'none' },
    append: (namespace, record) => real.append(namespace, record),
    marks: async (namespace, request) => {
      expect(request.entryKey).toMatch(/^larder:\{.+:.+\}$/)
      return real.marks(namespace, request)
    },
    sync: refuse,
    missing: refuse,
    tail: refuse,
  }
  const backend = { ...inner, name: 'deaf', journal }
  return {
    clock,
    backend,
    node: (options) => createCacheManager({ l2: backend, clock, random, l1: false, ...options }),
  }
}

test('a memory without a bound in time is refused, with what to do instead', () => {
  const { backend } = deafWorld()
  expect(() => createCacheManager({ l2: backend })).toThrow(UnsupportedError)
  expect(() => createCacheManager({ l2: backend })).toThrow(/l1: \{ ttl: '5s' \}.*l1: false/)
  const caches = createCacheManager({ l2: backend, l1: false })
  expect(() => caches.cache('users', { l1: { maxEntries: 10 } })).toThrow(UnsupportedError)
  expect(caches.cache('users', { l1: { ttl: '1s' } }).name).toBe('users')
  expect(() => createCacheManager({ l1: { ttl: 'soon' as '1s' } })).toThrow(/l1\.ttl/)
})

test('without a memory of its own, a node sees the delete of another with its next read', async () => {
  const world = deafWorld()
  const [one, two] = [world.node(), world.node()]
  let source = 'old'
  const load = async (): Promise<string> => source
  await two.cache<string>('users').readThrough('1', load)
  source = 'new'
  await one.cache<string>('users').delete('1')
  expect(await two.cache<string>('users').readThrough('1', load)).toBe('new')
})

test('tags, late tags and clear reach another node with its next read', async () => {
  const world = deafWorld()
  const [one, two] = [world.node(), world.node()]
  let source = 1
  const users = two.cache<number>('users', { load: async () => source, tags: () => ['late'] })
  const teams = two.cache<number>('teams', { load: async () => source, tags: ['named'] })
  const read = async (): Promise<readonly number[]> => [await users.readThrough('a'), await teams.readThrough('a')]
  expect(await read()).toEqual([1, 1])
  source = 2
  expect(await read()).toEqual([1, 1])
  await one.invalidateTags('late')
  expect(await read()).toEqual([2, 1])
  await one.invalidateTags('named')
  source = 3
  expect(await read()).toEqual([2, 3])
  await one.cache('users').clear()
  expect(await read()).toEqual([3, 3])
})

test('a set of several values reads marks for each of them', async () => {
  const world = deafWorld()
  const users = world.node().cache<string>('users')
  await users.setMany(new Map([...'ab'].map((key) => [key, key])), { tags: ['all'] })
  const other = world.node()
  expect([...(await other.cache<string>('users').getMany(['a', 'b']))]).toEqual([
    ['a', 'a'],
    ['b', 'b'],
  ])
  await other.invalidateTags('all')
  expect((await users.getMany(['a', 'b'])).size).toBe(0)
})

test('a read joins the load of another only while that is younger than the heartbeat', async () => {
  const world = deafWorld()
  const [one, two] = [world.node(), world.node()]
  const users = two.cache<string>('users')
  const loader = heldLoader<string>()
  const first = users.readThrough('1', loader.load)
  await world.clock.advance(1_999)
  const joined = users.readThrough('1', loader.load)
  await world.clock.advance(0)
  expect(loader.calls()).toBe(1)
  await one.cache('users').delete('1')
  await world.clock.advance(1)
  const later = users.readThrough('1', loader.load)
  await world.clock.advance(0)
  expect(loader.calls()).toBe(2)
  loader.answer('old')
  loader.answer('new')
  expect(await Promise.all([first, joined, later])).toEqual(['old', 'old', 'new'])
  expect(await users.get('1')).toBe('new')
})

test('with a bound in time, an answer is at most so stale, and an own invalidation shows at once', async () => {
  const world = deafWorld()
  const [one, two] = [world.node(), world.node({ l1: { ttl: '5s' } })]
  let source = 1
  const users = two.cache<number>('users', { load: async () => source, tags: ['team'], ttl: '1h', grace: '1h' })
  expect(await users.readThrough('a')).toBe(1)
  source = 2
  await one.invalidateTags('team')
  await one.cache('users').delete('a')
  await world.clock.advance(4_999)
  expect(await users.readThrough('a')).toBe(1)
  expect((await users.getEntry('a'))?.source).toBe('l1')
  await world.clock.advance(1)
  expect(await users.readThrough('a')).toBe(2)
  source = 3
  await two.invalidateTags('team')
  expect(await users.readThrough('a')).toBe(3)
  source = 4
  await users.delete('a')
  expect(await users.readThrough('a')).toBe(4)
})

test('a bound in time also holds where a journal tells of invalidations', async () => {
  const clock = new FakeClock()
  await using caches = createCacheManager({ clock, l1: { ttl: '5s' }, defaults: { ttl: '1h' } })
  await clock.advance(0)
  const users = caches.cache<string>('users')
  await users.readThrough('a', async () => 'x')
  await clock.advance(4_999)
  expect((await users.getEntry('a'))?.source).toBe('l1')
  await clock.advance(1)
  expect((await users.getEntry('a'))?.source).toBe('l2')
})

test('such a node is healthy, and says that it cannot tell of invalidations', async () => {
  const caches = deafWorld().node()
  expect(await caches.health()).toMatchObject({ status: 'healthy', live: false })
  expect(() => caches.subscribeInvalidations(() => {})).toThrow(UnsupportedError)
  await caches.close()
})

test('queued invalidations are carried out once the backend is back', async () => {
  const world = deafWorld()
  let down = true
  const store = Object.create(world.backend.store) as typeof world.backend.store
  store.drop = (...args) => (down ? Promise.reject(new Error('down')) : world.backend.store.drop(...args))
  const caches = createCacheManager({
    l2: { ...world.backend, store },
    clock: world.clock,
    l1: false,
    onError: () => {},
    defaults: { onUnavailable: 'queue' },
  })
  const users = caches.cache<string>('users')
  await users.readThrough('1', async () => 'old')
  await users.delete('1')
  down = false
  await world.clock.advance(1_000)
  expect((await caches.health()).queued).toBe(0)
  expect(await users.get('1')).toBeUndefined()
})
