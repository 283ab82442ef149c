import { describe, expect, test, vi } from 'vitest'
import { heldLoader, makeWorld } from './world.ts'

describe('within grace', () => {
  test('serves the stale value while one refresh runs', async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<string>('users', { ttl: '10s', grace: '1h' })
    await users.readThrough('1', () => 'old')
    await clock.advance(10_000)
    const held = heldLoader<string>()
    expect(await users.readThrough('1', held.load)).toBe('old')
    expect(await users.readThrough('1', held.load)).toBe('old')
    await clock.advance(0)
    expect(held.calls()).toBe(1)
    expect((await users.getEntry('1'))?.state).toBe('stale')
    held.answer('new')
    await clock.advance(0)
    expect(await users.readThrough('1', held.load)).toBe('new')
    expect(users.stats().staleServed).toBe(3)
  })

  test('refreshes on one node only', async () => {
    const { node, clock } = makeWorld()
    const [a, b] = [
      (await node()).cache<string>('users', { ttl: '10s', grace: '1h' }),
      (await node()).cache<string>('users', { ttl: '10s', grace: '1h' }),
    ]
    await a.readThrough('1', () => 'old')
    await clock.advance(10_000)
    const held = heldLoader<string>()
    expect(await a.readThrough('1', held.load)).toBe('old')
    await clock.advance(0)
    expect(await b.readThrough('1', held.load)).toBe('old')
    await clock.advance(1_000)
    expect(held.calls()).toBe(1)
    held.answer('new')
    await clock.advance(0)
    expect(await a.readThrough('1', held.load)).toBe('new')
    expect(await b.readThrough('1', held.load)).toBe('old')
    await clock.advance(0)
    expect(await b.readThrough('1', held.load)).toBe('new')
    expect(held.calls()).toBe(1)
  })

  test('keeps the old value when the refresh fails, reports it, and backs off', async () => {
    const { node, clock, errors } = makeWorld()
    const users = (await node()).cache<string>('users', { ttl: '10s', grace: '1h' })
    await users.readThrough('1', () => 'old')
    await clock.advance(10_000)
    const failing = vi.fn(() => Promise.reject(new Error('source is down')))
    for (let read = 0; read < 5; read++) {
      expect(await users.readThrough('1', failing)).toBe('old')
      await clock.advance(0)
    }
    expect(failing).toHaveBeenCalledTimes(1)
    expect(errors).toEqual([new Error('source is down')])
    await clock.advance(1_000)
    await users.readThrough('1', failing)
    await clock.advance(1_000)
    await users.readThrough('1', failing)
    expect(failing).toHaveBeenCalledTimes(2)
    await clock.advance(1_000)
    await users.readThrough('1', () => 'new')
    await clock.advance(0)
    expect(await users.readThrough('1', failing)).toBe('new')
  })

  test('waits up to the soft timeout for the fresh value', async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<string>('users', { ttl: '10s', grace: '1h', timeouts: { soft: '100ms' } })
    await users.readThrough('1', () => 'old')
    await clock.advance(10_000)
    const held = heldLoader<string>()
    const quick = users.readThrough('1', held.load)
    await clock.advance(50)
    held.answer('new')
    expect(await quick).toBe('new')
    await clock.advance(10_000)
    const slow = users.readThrough('1', held.load)
    await clock.advance(100)
    expect(await slow).toBe('new')
    held.answer('newest')
    await clock.advance(0)
    expect(await users.readThrough('1', held.load)).toBe('newest')
    clock.assertIdle()
  })

  test('does not serve an invalidated value', async () => {
    const { node, clock } = makeWorld()
    const caches = await node()
    const users = caches.cache<string>('users', { ttl: '10s', grace: '1h', tags: ['people'] })
    await users.readThrough('1', () => 'old')
    await clock.advance(10_000)
    await caches.invalidateTags('people')
    expect(await users.readThrough('1', () => 'new')).toBe('new')
    const failing = (): string => {
      throw new Error('source is down')
    }
    await caches.invalidateTags('people')
    await expect(users.readThrough('1', failing)).rejects.toThrow('source is down')
  })

  test('a read that finds nothing does not take part in a refresh that ends without a value', async () => {
    const { node, clock } = makeWorld()
    const [a, b] = [
      (await node()).cache<string>('users', { ttl: '10s', grace: '1h' }),
      (await node()).cache<string>('users', { ttl: '10s', grace: '1h', l1: { maxEntries: 1 } }),
    ]
    await b.readThrough('1', () => 'old')
    await clock.advance(10_000)
    const held = heldLoader<string>()
    await a.readThrough('1', held.load)
    await clock.advance(0)
    expect(await b.readThrough('1', held.load)).toBe('old')
    await b.set('2', 'evicts the other')
    await b.get('2')
    const read = b.readThrough('1', held.load)
    await clock.advance(100)
    held.answer('new')
    await clock.advance(100)
    expect(['old', 'new']).toContain(await read)
  })

  test('ends with grace', async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<string>('users', { ttl: '10s', grace: '20s' })
    await users.readThrough('1', () => 'old')
    await clock.advance(29_999)
    expect(await users.get('1')).toBe('old')
    await clock.advance(1)
    expect(await users.get('1')).toBeUndefined()
  })
})

test('jitter only shortens a ttl', async () => {
  const { node } = makeWorld()
  const users = (await node()).cache<number, number>('users', { ttl: '100s', jitter: 0.5 })
  const ttls: number[] = []
  for (let key = 0; key < 50; key++) {
    await users.set(key, key)
    ttls.push((await users.getEntry(key))?.remainingTtlMs ?? 0)
  }
  expect(Math.max(...ttls)).toBeLessThanOrEqual(100_000)
  expect(Math.min(...ttls)).toBeGreaterThanOrEqual(50_000)
  expect(new Set(ttls).size).toBeGreaterThan(40)
})

test('a null may have a ttl of its own', async () => {
  const { node, clock } = makeWorld()
  const users = (await node()).cache<string | null>('users', { ttl: '1h', negativeTtl: '5s' })
  await users.readThrough('1', () => null)
  await users.set('2', null)
  await clock.advance(5_000)
  expect(await users.get('1')).toBeUndefined()
  expect(await users.get('2')).toBeUndefined()
})
