import { createCache, createCacheManager, InvalidKeyError, CacheClosedError } from '@larder/core'
import type { CacheOptions, ManagerOptions } from '@larder/core'
import { describe, expect, test } from 'vitest'
import { makeWorld } from './world.ts'

describe('keys', () => {
  const odd: string[] = ['', ' ', ':', '{', '}', '{}', '{a}', 'a}b', '%7B', '\0', '\r\n', '\ud800', '\udc00', '\ufffd', '😀', 'é', 'e\u0301', '__proto__', 'constructor', 'k'.repeat(10_000)] // prettier-ignore

  test('of any characters stay distinct', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string>('users')
    for (const key of odd) await users.set(key, `value of ${key}`)
    for (const key of odd) expect(await users.get(key)).toBe((await users.getEntry(key))?.value)
    const values = [...(await users.getMany(odd)).values()]
    expect(new Set(values).size).toBe(odd.length)
    await users.delete('{')
    expect(await users.get('}')).toBeDefined()
    expect(await users.get('{}')).toBeDefined()
  })

  test('that cannot name an entry reject with an InvalidKeyError', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string, unknown>('users')
    for (const key of [undefined, null, {}, [], Symbol('x'), true, Number.NaN, 'k'.repeat(70_000)]) {
      await expect(users.get(key)).rejects.toThrow(InvalidKeyError)
      await expect(users.readThrough(key, () => 'x')).rejects.toThrow(InvalidKeyError)
      await expect(users.set(key, 'x')).rejects.toThrow(InvalidKeyError)
      await expect(users.deleteMany([key])).rejects.toThrow(InvalidKeyError)
    }
  })

  test('of other types need the key option', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string, { id: number }>('users', { key: ({ id }) => `user:${id}` })
    await users.set({ id: 1 }, 'Ada')
    expect(await users.get({ id: 1 })).toBe('Ada')
  })

  test('may be numbers and bigints', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string, number | bigint>('users')
    await users.set(1, 'one')
    await users.set(2n ** 70n, 'large')
    expect(await users.get(1)).toBe('one')
    expect(await users.get(2n ** 70n)).toBe('large')
  })
})

describe('options', () => {
  const bad: [string, CacheOptions<string>][] = [
    ['ttl', { ttl: 0 }],
    ['ttl', { ttl: -1 }],
    ['ttl', { ttl: Number.NaN }],
    ['ttl', { ttl: '5 minutes' as never }],
    ['ttl', { ttl: null as never }],
    ['grace', { grace: -1 }],
    ['jitter', { jitter: 2 }],
    ['timeouts.hard', { timeouts: { hard: 0 } }],
    ['timeouts.store', { timeouts: { store: 'forever' } }],
    ['copy', { copy: 'deep' as never }],
    ['codec', { codec: 'xml' as never }],
    ['maxValueBytes', { maxValueBytes: '1tb' as never }],
    ['tags', { tags: [''] }],
    ['tags', { tags: [1] as never }],
    ['load', { load: 'x' as never }],
    ['key', { key: 'x' as never }],
    ['schema', { schema: {} as never }],
    ['l1.maxEntries', { l1: { maxEntries: 0 } }],
    ['l1.policy', { l1: { policy: 'random' as never } }],
  ]
  test.each(bad)('%s out of its range is a TypeError that names it, where it was written: %j', (name, options) => {
    const caches = createCacheManager()
    expect(() => caches.cache('c', options)).toThrow(TypeError)
    expect(() => caches.cache('c', options)).toThrow(name)
  })

  test.each<[string, ManagerOptions]>([
    ['namespace', { namespace: '' }],
    ['heartbeat', { heartbeat: 0 }],
    ['ttl', { defaults: { ttl: 'soon' as never } }],
    ['l1.maxBytes', { l1: { maxBytes: -5 } }],
    ['onError', { onError: 1 as never }],
  ])('%s of a manager as well: %j', (name, options) => {
    expect(() => createCacheManager(options)).toThrow(name)
  })

  test('of one call reject it', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string>('users')
    await expect(users.get('1', { ttl: 0 })).rejects.toThrow(TypeError)
    await expect(users.readThrough('1', () => 'x', { ttl: -5 })).rejects.toThrow('ttl')
    await expect(users.set('1', 'x', { version: 1.5 })).rejects.toThrow('version')
    await expect(users.touch('1', 0)).rejects.toThrow('ttl')
    await expect(users.invalidateTags('')).rejects.toThrow('tags')
    await expect(users.readThrough('1', 'x' as never)).rejects.toThrow('loader')
    await expect(users.readThrough('1')).rejects.toThrow('no load option')
    await expect(users.set('1', undefined as never)).rejects.toThrow('undefined')
  })

  test('a ttl beyond 2^31 ms does not overflow a timer', async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<string>('users', { ttl: '100d', l1: { policy: 'ttl' } })
    await users.readThrough('1', () => 'x')
    await clock.advance(50 * 86_400_000)
    expect(users.peek('1')).toBe('x')
    await clock.advance(50 * 86_400_000)
    expect(await users.get('1')).toBeUndefined()
    const forever = (await node()).cache<string>('forever', { ttl: 'forever' })
    await forever.set('1', 'x')
    await clock.advance(3_650 * 86_400_000)
    expect(await forever.get('1')).toBe('x')
  })
})

test('the same name gives the same cache, and other options for it are an error', async () => {
  const { node } = makeWorld()
  const caches = await node()
  const users = caches.cache<string>('users', { ttl: '5m' })
  expect(caches.cache('users')).toBe(users)
  expect(caches.cache('users', { ttl: '5m' })).toBe(users)
  expect(() => caches.cache('users', { ttl: '6m' })).toThrow('exists with other options')
})

describe('close', () => {
  test('ends every method with a CacheClosedError, and can be called twice', async () => {
    const caches = createCacheManager()
    const users = caches.cache<number>('users')
    await users.set('1', 1)
    await caches.close()
    await caches.close()
    const calls = [
      () => users.get('1'),
      () => users.getMany(['1']),
      () => users.readThrough('1', () => 1),
      () => users.readThroughMany(['1'], () => [1]),
      () => users.set('1', 1),
      () => users.setMany([['1', 1]]),
      () => users.delete('1'),
      () => users.expire('1'),
      () => users.clear(),
      () => users.touch('1', '1s'),
      () => users.increment('1'),
      () => users.addTags('1', 't'),
      () => users.invalidateTags('t'),
      () => users.publishInvalidation('1'),
      () => caches.invalidateTags('t'),
    ]
    for (const call of calls) await expect(call()).rejects.toThrow(CacheClosedError)
    expect(() => users.peek('1')).toThrow(CacheClosedError)
    expect(() => caches.cache('more')).toThrow(CacheClosedError)
    expect(await users.health()).toMatchObject({ status: 'down' })
    await users.close()
  })

  test('of a cache made by createCache ends its manager', async () => {
    await using users = createCache<string>('users', { ttl: '1m', namespace: 'alone' })
    expect(await users.readThrough('1', () => 'Ada')).toBe('Ada')
    await users.close()
    expect(await users.health()).toMatchObject({ status: 'down' })
  })

  test('leaves a backend open that another manager uses', async () => {
    const { node } = makeWorld()
    const [a, b] = [await node(), await node()]
    await a.close()
    const users = b.cache<string>('users')
    await users.set('1', 'Ada')
    expect(await users.get('1')).toBe('Ada')
  })

  test('waits for a refresh under way, but not beyond its deadline', async () => {
    const { node, clock } = makeWorld()
    const caches = await node()
    const users = caches.cache<string>('users', { ttl: '1s', grace: '1h' })
    await users.readThrough('1', () => 'old')
    await clock.advance(1_000)
    await users.readThrough('1', () => new Promise<string>(() => {}))
    let closed = false
    const closing = caches.close({ deadline: '3s' }).then(() => (closed = true))
    await clock.advance(2_999)
    expect(closed).toBe(false)
    await clock.advance(1)
    await closing
  })
})
