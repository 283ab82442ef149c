import { createCacheManager, StoreTimeoutError, StoreUnavailableError } from '@larder/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { breakable, makeWorld } from './world.ts'

const unhandled = vi.fn()
beforeEach(() => void process.on('unhandledRejection', unhandled))
afterEach(() => {
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})

describe.each(['reject', 'hang'] as const)('while the backend can only %s', (mode) => {
  test('reads go to the loader', async () => {
    const world = makeWorld()
    const backend = breakable(world)
    const users = (await world.node({ l2: backend })).cache<string>('users')
    backend.mode = mode
    const read = users.readThrough('1', () => 'from the source')
    await world.clock.advance(3_000)
    expect(await read).toBe('from the source')
    const look = users.get('2')
    await world.clock.advance(3_000)
    expect(await look).toBeUndefined()
    const many = users.readThroughMany(['3', '4'], (keys) => keys.map(() => 'many'))
    await world.clock.advance(3_000)
    expect((await many).size).toBe(2)
    expect(users.stats().storeErrors).toBeGreaterThan(0)
    world.clock.assertIdle()
  })

  test('writes and invalidations reject', async () => {
    const world = makeWorld()
    const backend = breakable(world)
    const caches = await world.node({ l2: backend })
    const users = caches.cache<number>('users')
    await users.set('1', 1)
    backend.mode = mode
    const calls = [
      users.set('1', 2),
      users.delete('1'),
      users.expire('1'),
      users.clear(),
      users.invalidateTags('t'),
      users.touch('1', '1h'),
      users.increment('1'),
      users.addTags('1', 't'),
    ]
    const settled = Promise.allSettled(calls)
    await world.clock.advance(5_000)
    for (const result of await settled) {
      expect(result.status).toBe('rejected')
      const reason: unknown = result.status === 'rejected' ? result.reason : undefined
      expect(reason).toBeInstanceOf(mode === 'hang' ? StoreTimeoutError : StoreUnavailableError)
    }
    world.clock.assertIdle()
  })

  test('writes reject as well when only the journal fails', async () => {
    const world = makeWorld()
    const backend = breakable(world)
    const users = (await world.node({ l2: backend })).cache<number>('users')
    backend.broken = ['journal']
    backend.mode = mode
    const settled = Promise.allSettled([users.set('1', 2), users.delete('1'), users.invalidateTags('t')])
    await world.clock.advance(5_000)
    expect((await settled).map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected'])
    const read = users.readThrough('1', () => 7)
    await world.clock.advance(5_000)
    expect(await read).toBe(7)
  })

  test('what was read before is not served after an invalidation that failed', async () => {
    const world = makeWorld()
    const backend = breakable(world)
    const users = (await world.node({ l2: backend })).cache<string>('users')
    await users.readThrough('1', () => 'old')
    backend.mode = mode
    const failed = Promise.allSettled([users.delete('1')])
    await world.clock.advance(5_000)
    await failed
    const read = users.readThrough('1', () => 'new')
    await world.clock.advance(5_000)
    expect(await read).toBe('new')
  })
})

test("a loader error is the caller's when the store is down and there is no grace", async () => {
  const world = makeWorld()
  const backend = breakable(world)
  const users = (await world.node({ l2: backend })).cache<string>('users')
  backend.mode = 'reject'
  await expect(users.readThrough('1', () => Promise.reject(new Error('source')))).rejects.toThrow('source')
})

test("a lease that was lost forbids the fill, and the value is still the caller's", async () => {
  const world = makeWorld()
  const users = (await world.node()).cache<string>('users')
  const read = users.readThrough('1', async () => {
    await world.backend.store.drop('larder:{users:1}', { mode: 'delete' })
    return 'loaded'
  })
  expect(await read).toBe('loaded')
  expect(await users.get('1')).toBeUndefined()
  expect(users.stats().refusedFills).toBe(1)
})

test('a lease is renewed while its loader runs', async () => {
  const world = makeWorld()
  const users = (await world.node()).cache<string>('users', { timeouts: { hard: '2m' } })
  let finish: (value: string) => void = () => {}
  const read = users.readThrough('1', () => new Promise<string>((resolve) => (finish = resolve)))
  await world.clock.advance(60_000)
  finish('slow')
  expect(await read).toBe('slow')
  expect(await users.get('1')).toBe('slow')
})

test('entries that are garbage or of a newer format are misses', async () => {
  const world = makeWorld()
  const users = (await world.node()).cache<string>('users')
  const store = world.backend.store
  const plant = async (frame: Uint8Array): Promise<void> => {
    await store.drop('larder:{users:1}', { mode: 'set', token: 'planted', leaseMs: 1_000 })
    expect(await store.fill('larder:{users:1}', { token: 'planted', frame, ttlMs: 60_000 })).toBe(true)
  }
  await plant(Uint8Array.from([1, 2, 3]))
  expect(await users.get('1')).toBeUndefined()
  const newer = new Uint8Array(80)
  newer.set([0x4c, 0x44, 2])
  await plant(newer)
  expect(await users.get('1')).toBeUndefined()
  expect(await store.get('larder:{users:1}')).toEqual(newer)
  const headOnly = new Uint8Array(60).fill(65)
  headOnly.set([0x4c, 0x44, 1, 0, 1, 0])
  await plant(headOnly)
  expect(await users.readThrough('1', () => 'loaded')).toBe('loaded')
  await plant(newer)
  expect(await users.readThrough('1', () => 'loaded')).toBe('loaded')
  expect(users.stats().unreadable).toBeGreaterThanOrEqual(2)
})

test('a stored value that does not pass the schema is a miss', async () => {
  const world = makeWorld()
  const caches = await world.node()
  await caches.cache<unknown>('users').set('1', { name: 7 })
  await caches.cache('users').close()
  const schema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: async (value: unknown) =>
        typeof (value as { name: unknown }).name === 'string' ? { value } : { issues: [{ message: 'name' }] },
    },
  }
  const users = caches.cache<{ name: string }>('users', { schema })
  expect(await users.get('1')).toBeUndefined()
  expect(await users.readThrough('1', () => ({ name: 'Ada' }))).toEqual({ name: 'Ada' })
  expect(await users.get('1')).toEqual({ name: 'Ada' })
})

test('a value beyond maxValueBytes is returned, not cached, and refused by set', async () => {
  const world = makeWorld()
  const users = (await world.node()).cache<string>('users', { maxValueBytes: '1kb' })
  const large = 'x'.repeat(2_000)
  expect(await users.readThrough('1', () => large)).toBe(large)
  expect(await users.get('1')).toBeUndefined()
  await expect(users.set('1', large)).rejects.toThrow('maxValueBytes')
})

test('a backend without a journal is refused', () => {
  const { backend } = makeWorld()
  const { name, store } = backend
  expect(() =>
    createCacheManager({ l2: { name, store, health: () => backend.health(), close: async () => {} } }),
  ).toThrow('journal')
})
