import { AsyncLocalStorage } from 'node:async_hooks'
import { FakeClock } from '@larder/testing'
import { describe, expect, test } from 'vitest'
import { rateLimit, RateLimitedError, timeout, wrap } from '../src/index.ts'
import { eventually, sleep } from './eventually.ts'

/** What bottleneck takes for everything it may let through; it has timers of its own. */
const BOTTLENECK_MS = 60

describe('a rate limit', () => {
  test('lets so many begin in a time, in order, and no more', async () => {
    const clock = new FakeClock()
    const policy = rateLimit({ limit: 5, per: '1s', clock })
    const begun: number[] = []
    const calls = Array.from({ length: 12 }, (_, index) => policy.execute(() => begun.push(index)))
    await eventually(() => begun.length === 5)
    await sleep(BOTTLENECK_MS)
    expect(begun).toEqual([0, 1, 2, 3, 4])
    await clock.advance(199)
    await sleep(BOTTLENECK_MS)
    expect(begun.length).toBe(5)
    await clock.advance(1)
    await eventually(() => begun.length === 6)
    await clock.advance(400)
    await eventually(() => begun.length === 8)
    await sleep(BOTTLENECK_MS)
    expect(begun.length).toBe(8)
    await clock.advance(800)
    await Promise.all(calls)
    // A long quiet time saves up no more than one `per`.
    await clock.advance(60_000)
    const more = Array.from({ length: 8 }, (_, index) => policy.execute(() => begun.push(12 + index)))
    await eventually(() => begun.length === 17)
    await sleep(BOTTLENECK_MS)
    expect(begun.length).toBe(17)
    await clock.advance(600)
    await Promise.all(more)
    expect(begun).toEqual(Array.from({ length: 20 }, (_, index) => index))
    clock.assertIdle()
  })

  test('rejects what would wait beyond the queue, and who waits too long', async () => {
    const clock = new FakeClock()
    const policy = wrap(timeout('10s', { clock }), rateLimit({ limit: 1, per: '1m', queue: 2, clock }))
    expect(await policy.execute(() => 'first')).toBe('first')
    const waiting = [1, 2].map((n) => policy.execute(() => n).catch((error: unknown) => error))
    const refused = await policy.execute(() => 3).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(RateLimitedError)
    expect(refused).toMatchObject({ code: 'ERR_LARDER_RATE_LIMITED' })
    await sleep(BOTTLENECK_MS)
    await clock.advance(10_000)
    for (const error of await Promise.all(waiting)) expect(error).toBeInstanceOf(RateLimitedError)
    // With nobody left, nothing waits for the clock: the process could end.
    clock.assertIdle()
    await clock.advance(60_000)
    expect(await policy.execute(() => 'later')).toBe('later')
  })

  test('a caller who leaves the line makes room at once', async () => {
    const clock = new FakeClock()
    const policy = rateLimit({ limit: 1, per: '1m', queue: 1, clock })
    await policy.execute(() => 'first')
    const caller = new AbortController()
    const leaving = policy.execute(() => 2, caller.signal).catch((error: unknown) => error)
    caller.abort('gone')
    expect(await leaving).toBe('gone')
    const next = policy.execute(() => 'next')
    await sleep(BOTTLENECK_MS)
    await clock.advance(60_000)
    expect(await next).toBe('next')
  })

  test('runs the work of each caller in its own asynchronous context', async () => {
    const policy = rateLimit({ limit: 2, per: '50ms' })
    const context = new AsyncLocalStorage<number>()
    const seen = await Promise.all(
      [1, 2, 3, 4].map((n) => context.run(n, () => policy.execute(() => context.getStore()))),
    )
    expect(seen).toEqual([1, 2, 3, 4])
  })

  test('goes by the monotonic clock', async () => {
    const clock = new FakeClock()
    const policy = rateLimit({ limit: 1, per: '1s', clock })
    await policy.execute(() => 1)
    clock.jumpWall(-3_600_000)
    const second = policy.execute(() => 2)
    await sleep(BOTTLENECK_MS)
    await clock.advance(1_000)
    expect(await second).toBe(2)
  })

  test.each([
    ['limit', { limit: 0 }],
    ['per', { limit: 1, per: 'forever' }],
    ['queue', { limit: 1, queue: 0 }],
  ] as const)('a wrong %s throws a TypeError that names it', (name, options) => {
    expect(() => rateLimit(options)).toThrow(TypeError)
    expect(() => rateLimit(options)).toThrow(name)
  })
})
