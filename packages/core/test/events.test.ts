import { describe, expect, test } from 'vitest'
import type { CacheEvents, CacheManager } from '@larder/core'
import { makeWorld } from './world.ts'

/** Writes down every event, as it comes. */
function listenToAll(manager: CacheManager): unknown[] {
  const heard: unknown[] = []
  const names: readonly (keyof CacheEvents)[] = [
    'hit',
    'miss',
    'load',
    'refused',
    'uncacheable',
    'unreadable',
    'set',
    'invalidate',
    'store-error',
  ]
  for (const name of names) manager.on(name, (event) => heard.push([name, event]))
  return heard
}

const about = { cache: 'users', key: 'a' }

describe('on', () => {
  test('tells of a miss, its load, and the hits after it', async () => {
    const world = makeWorld()
    const first = await world.node()
    const second = await world.node()
    const heard = listenToAll(first)
    const there = listenToAll(second)
    const load = (): string => 'A'
    await first.cache<string>('users', { load }).readThrough('a')
    await first.cache<string>('users').readThrough('a')
    await second.cache<string>('users', { load }).readThrough('a')
    expect(heard).toEqual([
      ['load', { ...about, durationMs: 0, result: 'loaded' }],
      ['miss', about],
      ['hit', { ...about, source: 'l1', state: 'fresh' }],
    ])
    expect(there).toEqual([['hit', { ...about, source: 'l2', state: 'fresh' }]])
  })

  test('says that a value is stale, and why', async () => {
    const { clock, node } = makeWorld()
    const manager = await node()
    let fails = false
    const cache = manager.cache<string>('users', {
      ttl: '1m',
      grace: '1h',
      load: () => (fails ? Promise.reject(new Error('the source is down')) : 'A'),
    })
    await cache.readThrough('a')
    await clock.advance(61_000)
    fails = true
    const stale: unknown[] = []
    cache.on('hit', (hit) => hit.state === 'stale' && stale.push(hit.reason))
    await cache.readThrough('a')
    await cache.readThrough('a', undefined, { timeouts: { soft: '1s' } })
    await clock.advance(0)
    expect(stale).toEqual(['revalidating', 'loader-error'])
  })

  test('tells of loads that failed, and of values that were refused or cannot be kept', async () => {
    const { node } = makeWorld()
    const manager = await node()
    const heard = listenToAll(manager)
    const cache = manager.cache<unknown>('users')
    const failure = new Error('no such user')
    await expect(cache.readThrough('a', () => Promise.reject(failure))).rejects.toBe(failure)
    await cache.readThrough('a', () => undefined)
    await cache.readThrough('a', async () => {
      await cache.delete('a')
      return 'overtaken'
    })
    await cache.readThrough('a', () => () => {})
    const names = (heard as [string, { result?: string; error?: unknown }][]).map(([name, event]) =>
      name === 'load' ? `load ${String(event.result)}` : name,
    )
    expect(names).toEqual([
      'load failed',
      'load nothing',
      'miss',
      'invalidate',
      'load loaded',
      'refused',
      'miss',
      'load loaded',
      'uncacheable',
      'miss',
    ])
    expect(heard[0]).toEqual(['load', { ...about, durationMs: 0, result: 'failed', error: failure }])
  })

  test('tells of writes and invalidations, of a cache its own and those of tags', async () => {
    const { node } = makeWorld()
    const manager = await node()
    const users = manager.cache<string>('users')
    const orders = manager.cache<string>('orders')
    const heard: unknown[] = []
    users.on('set', (event) => heard.push(event))
    users.on('invalidate', (event) => heard.push(event))
    await users.set('a', 'A', { version: 2 })
    await users.set('a', 'older', { version: 1 })
    await orders.set('o', 'O')
    await users.delete('a')
    await orders.delete('o')
    await users.clear()
    await orders.invalidateTags('org:1')
    await manager.invalidateTags('org:2')
    expect(heard).toEqual([
      { ...about, result: 'stored' },
      { ...about, result: 'superseded' },
      { kind: 'keys', cache: 'users', keys: ['a'] },
      { kind: 'cache', cache: 'users' },
      { kind: 'tags', tags: ['org:1'] },
      { kind: 'tags', tags: ['org:2'] },
    ])
  })

  test('keeps what a listener throws, at once or later, from the cache', async () => {
    const { clock, errors, node } = makeWorld()
    const manager = await node()
    const cache = manager.cache<string>('users', { load: () => 'A' })
    cache.on('miss', () => {
      throw new Error('at once')
    })
    cache.on('miss', () => Promise.reject(new Error('later')))
    manager.subscribeInvalidations(() => Promise.reject(new Error('of an invalidation')) as unknown as undefined)
    await expect(cache.readThrough('a')).resolves.toBe('A')
    await cache.delete('a')
    await clock.advance(0)
    expect(errors.map((error) => (error as Error).message).sort()).toEqual(['at once', 'later', 'of an invalidation'])
  })

  test('ends with its subscription, each for itself', async () => {
    const { node } = makeWorld()
    const cache = (await node()).cache<string>('users', { load: () => 'A' })
    let heard = 0
    const listener = (): unknown => heard++
    const first = cache.on('miss', listener)
    cache.on('miss', listener)
    first.close()
    first.close()
    await cache.readThrough('a')
    expect(heard).toBe(1)
  })

  test('refuses names that no event has, and listeners that are none', async () => {
    const cache = (await makeWorld().node()).cache<string>('users')
    expect(() => cache.on('hits' as 'hit', () => {})).toThrow(/no event "hits"; there are: hit, miss/)
    expect(() => cache.on('hit', undefined as unknown as () => void)).toThrow(TypeError)
  })
})
