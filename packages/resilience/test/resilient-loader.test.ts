import { AsyncLocalStorage } from 'node:async_hooks'
import { cached, createCacheManager, memory } from '@larder/core'
import type { CacheManager } from '@larder/core'
import { FakeClock, SeededRandom } from '@larder/testing'
import { describe, expect, test } from 'vitest'
import { BulkheadFullError, CircuitOpenError, OperationTimeoutError, resilientLoader } from '../src/index.ts'
import type { ResilientLoaderOptions } from '../src/index.ts'
import { deferred } from './deferred.ts'
import { sleep } from './eventually.ts'

interface User {
  readonly name: string
}

function makeWorld(): { readonly clock: FakeClock; readonly random: SeededRandom; readonly manager: CacheManager } {
  const clock = new FakeClock()
  const random = new SeededRandom(1)
  return { clock, random, manager: createCacheManager({ l2: memory({ clock, random }), clock, random }) }
}

const errorOf = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error)

test('under 100 % failures for 60 s a source is called at most 1.1 times as often as readers need it, and a burst', async () => {
  const { clock, random, manager } = makeWorld()
  let attempts = 0
  const source = (): Promise<User> => {
    attempts++
    return Promise.reject(new Error('down'))
  }
  const load = resilientLoader(source, { retry: { attempts: 5, pause: '10ms' }, clock, random })
  const users = manager.cache<User, number>('users', { load, ttl: '1m' })
  await clock.advance(0)
  const all: Promise<unknown>[] = []
  const end = clock.monotonic() + 60_000
  while (clock.monotonic() < end) {
    for (let i = 0; i < 5; i++) all.push(errorOf(users.readThrough(all.length)))
    await clock.advance(100)
  }
  await clock.advance(1_000)
  expect((await Promise.all(all)).every((error) => (error as Error).message === 'down')).toBe(true)
  expect(all.length).toBe(3_000)
  expect(attempts).toBeGreaterThan(all.length * 1.09)
  expect(attempts).toBeLessThanOrEqual(all.length * 1.1 + 10)
})

describe('a loader behind a circuit breaker', () => {
  const breaker = { volumeThreshold: 4, openFor: '10s' } as const

  test('is not called while the circuit is open; stale values go on being served, what has none rejects', async () => {
    const { clock, random, manager } = makeWorld()
    let well = true
    let calls = 0
    const load = resilientLoader(
      async (id: number): Promise<User> => {
        calls++
        if (!well) throw new Error('down')
        return { name: `user ${id}` }
      },
      { name: 'user database', breaker, clock, random },
    )
    const users = manager.cache<User, number>('users', { load, ttl: '1m', grace: '1h' })
    await clock.advance(0)
    expect(await users.readThrough(1)).toEqual({ name: 'user 1' })
    well = false
    for (let id = 10; id < 20; id++) await errorOf(users.readThrough(id))
    expect(load.circuit?.state).toBe('open')
    await clock.advance(61_000)
    for (let id = 20; id < 24; id++) await errorOf(users.readThrough(id))
    calls = 0
    expect(await users.getEntry(1)).toMatchObject({ value: { name: 'user 1' }, state: 'stale' })
    expect(await users.readThrough(1)).toEqual({ name: 'user 1' })
    const error = await errorOf(users.readThrough(2))
    expect(error).toBeInstanceOf(CircuitOpenError)
    expect(error).toMatchObject({ code: 'ERR_LARDER_CIRCUIT_OPEN' })
    expect(calls).toBe(0)
    expect(await manager.health()).toMatchObject({
      status: 'degraded',
      reasons: [
        expect.stringMatching(
          /^the cache users: the circuit of the user database is open: \d+ of \d+ calls failed$/,
        ) as unknown,
      ],
    })

    well = true
    await clock.advance(61_000)
    expect(await users.readThrough(2)).toEqual({ name: 'user 2' })
    expect(await users.readThrough(1)).toEqual({ name: 'user 1' })
    await clock.advance(61_000)
    expect((await manager.health()).reasons).toEqual([])
    await manager.close()
  })
})

describe('a loader under policies', () => {
  test('is bounded by its bulkhead, however many keys are asked for', async () => {
    const { manager, clock } = makeWorld()
    let running = 0
    let most = 0
    const load = resilientLoader(
      async (key: string) => {
        most = Math.max(most, ++running)
        await new Promise<void>((resolve) => clock.after(10, resolve))
        running--
        return key
      },
      { bulkhead: { maxConcurrent: 3, queue: 50 } },
    )
    const things = manager.cache<string>('things', { load })
    await clock.advance(0)
    const reads = Promise.allSettled(Array.from({ length: 60 }, (_, i) => things.readThrough(`${i}`)))
    await clock.advance(1_000)
    const refused = (await reads).filter((result) => result.status === 'rejected')
    expect(most).toBe(3)
    expect(refused.length).toBe(60 - 53)
    for (const { reason } of refused) expect(reason).toBeInstanceOf(BulkheadFullError)
  })

  test('is told its signal, which aborts with the attempt and with the cache', async () => {
    const { clock, random } = makeWorld()
    const signals: AbortSignal[] = []
    const load = resilientLoader(
      (_key: string, { signal }: { readonly signal: AbortSignal; readonly stale: string | undefined }) => {
        signals.push(signal)
        return new Promise<string>(() => {})
      },
      { timeout: '1s', retry: { attempts: 2, pause: 1 }, clock, random },
    )
    const cache = new AbortController()
    const call = errorOf(load('1', { signal: cache.signal, stale: undefined }))
    await clock.advance(1_002)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    expect(signals[0]?.reason).toBeInstanceOf(OperationTimeoutError)
    cache.abort('closed')
    expect(await call).toBe('closed')
    expect(signals[1]?.reason).toBe('closed')
    clock.assertIdle()
  })

  test('keeps what else its context holds, and what else it returns', async () => {
    const { manager, clock } = makeWorld()
    const seen: unknown[] = []
    const load = resilientLoader(
      async (key: string, { stale }: { readonly stale: string | undefined }) => {
        seen.push(stale)
        return cached(`${key} ${seen.length}`, { ttl: '1s' })
      },
      { timeout: '5s', clock },
    )
    const things = manager.cache<string>('things', { load, grace: '1h' })
    await clock.advance(0)
    expect(await things.readThrough('a')).toBe('a 1')
    await clock.advance(2_000)
    expect(await things.readThrough('a')).toBe('a 1')
    await clock.advance(0)
    expect(await things.readThrough('a')).toBe('a 2')
    expect(seen).toEqual([undefined, 'a 1'])
  })

  test('may load several keys, or write', async () => {
    const { manager, clock } = makeWorld()
    const batches: (readonly string[])[] = []
    const loadMany = resilientLoader(
      async (keys: readonly string[]) => {
        batches.push(keys)
        return keys.map((key) => `value of ${key}`)
      },
      { bulkhead: { maxConcurrent: 1 } },
    )
    const things = manager.cache<string>('things', { loadMany })
    await clock.advance(0)
    expect([...(await things.readThroughMany(['a', 'b'])).values()]).toEqual(['value of a', 'value of b'])
    expect(batches).toEqual([['a', 'b']])

    let written = 0
    const write = resilientLoader(
      async (batch: readonly string[]) => {
        if (++written < 3) throw new Error('busy')
        return batch.length
      },
      { retry: { attempts: 3, pause: 1 } },
    )
    expect(await write(['a', 'b'])).toBe(2)
  })

  test('runs in the asynchronous context of its own caller, also after it has waited', async () => {
    const context = new AsyncLocalStorage<number>()
    const gate = deferred()
    const load = resilientLoader(
      async () => {
        await gate.promise
        return context.getStore()
      },
      { bulkhead: { maxConcurrent: 1 }, rateLimit: { limit: 100 } },
    )
    const calls = [1, 2, 3].map((n) => context.run(n, () => load()))
    await sleep(30)
    gate.resolve()
    expect(await Promise.all(calls)).toEqual([1, 2, 3])
  })

  test('a wrong option throws a TypeError that names it', () => {
    const load = (): number => 1
    for (const [name, options] of [
      ['breaker', { breaker: true }],
      ['retry', { retry: 3 }],
      ['rateLimit', { rateLimit: 1 }],
      ['limit', { rateLimit: {} }],
      ['bulkhead', { bulkhead: 1 }],
      ['maxConcurrent', { bulkhead: {} }],
      ['timeout', { timeout: 0 }],
      ['options', undefined],
    ] as const) {
      const make = (): unknown => resilientLoader(load, options as unknown as ResilientLoaderOptions)
      expect(make).toThrow(TypeError)
      expect(make).toThrow(name)
    }
    expect(() => resilientLoader(1 as never, {})).toThrow('loader')
  })
})
