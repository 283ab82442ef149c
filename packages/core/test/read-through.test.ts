import { cached, LoaderTimeoutError, ReentrantLoadError } from '@larder/core'
import { describe, expect, test, vi } from 'vitest'
import { heldLoader, makeWorld } from './world.ts'

describe('readThrough', () => {
  test('loads a missing value once and serves it from memory afterwards', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<{ name: string }>('users')
    const load = vi.fn(async () => ({ name: 'Ada' }))
    expect(await users.readThrough('1', load)).toEqual({ name: 'Ada' })
    expect(await users.readThrough('1', load)).toEqual({ name: 'Ada' })
    expect(load).toHaveBeenCalledTimes(1)
    expect(users.stats()).toMatchObject({ misses: 1, l1Hits: 1, loads: 1, hitRatio: 0.5 })
  })

  test('shares one load among concurrent callers', async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<string>('users')
    const held = heldLoader<string>()
    const calls = Array.from({ length: 50 }, () => users.readThrough('1', held.load))
    await clock.advance(0)
    held.answer('Ada')
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['Ada']))
    expect(held.calls()).toBe(1)
  })

  test('shares one load between two nodes', async () => {
    const { node, clock } = makeWorld()
    const [a, b] = [(await node()).cache<string>('users'), (await node()).cache<string>('users')]
    const held = heldLoader<string>()
    const first = a.readThrough('1', held.load)
    await clock.advance(0)
    const second = b.readThrough('1', held.load)
    await clock.advance(100)
    expect(held.calls()).toBe(1)
    held.answer('Ada')
    await clock.advance(100)
    expect([await first, await second]).toEqual(['Ada', 'Ada'])
    expect(held.calls()).toBe(1)
    clock.assertIdle()
  })

  test("gives every waiter the loader's own error, and loads again for the next caller", async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<string>('users')
    const held = heldLoader<string>()
    const calls = [users.readThrough('1', held.load), users.readThrough('1', held.load)]
    await clock.advance(0)
    const failure = new Error('database is down')
    held.fail(failure)
    for (const result of await Promise.allSettled(calls))
      expect(result).toEqual({ status: 'rejected', reason: failure })
    expect(await users.readThrough('1', () => 'Ada')).toBe('Ada')
  })

  test.each([['a string'], [undefined], [null], [42]])('passes on a rejection with %j unchanged', async (reason) => {
    const { node } = makeWorld()
    const users = (await node()).cache<string>('users')
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what users' loaders do
    await expect(users.readThrough('1', () => Promise.reject(reason))).rejects.toBe(reason)
  })

  test('passes on a synchronous throw', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string>('users')
    const failure = new Error('at once')
    const load = (): string => {
      throw failure
    }
    await expect(users.readThrough('1', load)).rejects.toBe(failure)
  })

  test('does not cache undefined, and caches null', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string | null | undefined>('users')
    const nothing = vi.fn(() => undefined)
    expect(await users.readThrough('1', nothing)).toBeUndefined()
    expect(await users.readThrough('1', nothing)).toBeUndefined()
    expect(nothing).toHaveBeenCalledTimes(2)
    const absent = vi.fn(() => null)
    expect(await users.readThrough('2', absent)).toBeNull()
    expect(await users.readThrough('2', absent)).toBeNull()
    expect(absent).toHaveBeenCalledTimes(1)
  })

  test('answers with a LoaderTimeoutError and aborts the signal when the loader takes too long', async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<string>('users', { timeouts: { hard: '5s' } })
    let signal: AbortSignal | undefined
    const call = users.readThrough('1', (_key, context) => {
      signal = context.signal
      return new Promise<string>(() => {})
    })
    const outcome = expect(call).rejects.toThrow(LoaderTimeoutError)
    await clock.advance(5_000)
    await outcome
    expect(signal?.aborted).toBe(true)
    expect(await users.readThrough('1', () => 'Ada')).toBe('Ada')
    clock.assertIdle()
  })

  test('rejects a loader that waits for its own key, directly or through others', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string>('users')
    const direct = users.readThrough('1', () => users.readThrough('1', () => 'never'))
    await expect(direct).rejects.toThrow(ReentrantLoadError)
    const circle = users.readThrough('a', () => users.readThrough('b', () => users.readThrough('a', () => 'never')))
    await expect(circle).rejects.toThrow(ReentrantLoadError)
    expect(await users.readThrough('c', () => users.readThrough('d', () => 'deep'))).toBe('deep')
  })

  test('rejects two loaders that wait for each other', async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<string>('users')
    let release: (() => void) | undefined
    const gate = new Promise<void>((resolve) => (release = resolve))
    const left = users.readThrough('a', async () => {
      await gate
      return users.readThrough('b', () => 'unused')
    })
    const right = users.readThrough('b', async () => {
      await gate
      return users.readThrough('a', () => 'unused')
    })
    await clock.advance(0)
    release?.()
    const results = await Promise.allSettled([left, right])
    expect(results.some((result) => result.status === 'rejected' && result.reason instanceof ReentrantLoadError)).toBe(
      true,
    )
  })

  test('lets one waiter leave without ending the load for the others', async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<string>('users')
    const held = heldLoader<string>()
    const leaving = new AbortController()
    const gone = users.readThrough('1', held.load, { signal: leaving.signal })
    const staying = users.readThrough('1', held.load, { signal: new AbortController().signal })
    await clock.advance(0)
    const outcome = expect(gone).rejects.toThrow('enough')
    leaving.abort(new Error('enough'))
    await outcome
    held.answer('Ada')
    expect(await staying).toBe('Ada')
    expect(held.calls()).toBe(1)
  })

  test('aborts the load when the last waiter has gone', async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<string>('users')
    const leaving = new AbortController()
    let signal: AbortSignal | undefined
    const call = users.readThrough(
      '1',
      (_key, context) => {
        signal = context.signal
        return new Promise<string>(() => {})
      },
      { signal: leaving.signal },
    )
    await clock.advance(0)
    const outcome = expect(call).rejects.toThrow('enough')
    leaving.abort(new Error('enough'))
    await outcome
    expect(signal?.aborted).toBe(true)
    await clock.advance(0)
    clock.assertIdle()
  })

  test('serves a value until its ttl is over, by the clock', async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<number>('users', { ttl: '10s' })
    let loads = 0
    const load = (): number => ++loads
    await users.readThrough('1', load)
    await clock.advance(9_999)
    expect(await users.readThrough('1', load)).toBe(1)
    await clock.advance(1)
    expect(await users.readThrough('1', load)).toBe(2)
  })

  test('lets a loader decide ttl and tags for one value', async () => {
    const { node, clock } = makeWorld()
    const caches = await node()
    const users = caches.cache<string>('users', { ttl: '1h' })
    await users.readThrough('1', () => cached('Ada', { ttl: '1s', tags: ['org:1'] }))
    expect((await users.getEntry('1'))?.tags).toEqual(['org:1'])
    await clock.advance(1_000)
    expect(await users.get('1')).toBeUndefined()
    await users.readThrough('1', () => cached('Ada', { tags: ['org:1'] }))
    await caches.invalidateTags('org:1')
    expect(await users.get('1')).toBeUndefined()
  })

  test('returns a value that cannot be encoded, uncached', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<() => number>('users')
    const value = (): number => 1
    expect(await users.readThrough('1', () => value)).toBe(value)
    expect(await users.get('1')).toBeUndefined()
    expect(users.stats().uncacheable).toBe(1)
  })

  test('hands out frozen data, on a miss as on a hit', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<{ roles: string[] }>('users')
    const source = { roles: ['admin'] }
    const miss = await users.readThrough('1', () => source)
    const hit = await users.readThrough('1', () => source)
    expect(Object.isFrozen(miss.roles)).toBe(true)
    expect(() => hit.roles.push('root')).toThrow(TypeError)
    source.roles.push('later')
    expect(await users.readThrough('1', () => source)).toEqual({ roles: ['admin'] })
  })

  test('gives each caller a copy of what cannot be frozen', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<{ seen: Date }>('users')
    const load = (): { seen: Date } => ({ seen: new Date(0) })
    const first = await users.readThrough('1', load)
    first.seen.setTime(1)
    expect((await users.readThrough('1', load)).seen.getTime()).toBe(0)
  })
})
