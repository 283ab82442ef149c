import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { CacheError } from '@larder/core'
import { FakeClock, SeededRandom } from '@larder/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { bulkhead, BulkheadFullError, fallback, OperationTimeoutError, retry, timeout, wrap } from '../src/index.ts'
import { deferred } from './deferred.ts'

const unhandled = vi.fn()
beforeEach(() => void process.on('unhandledRejection', unhandled))
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})

const broken = new Error('broken')
const failing = (): Promise<never> => Promise.reject(broken)

describe('timeout', () => {
  test('rejects what is late and aborts its signal, also if the work ignores it', async () => {
    const clock = new FakeClock()
    const seen: unknown[] = []
    const call = timeout('1s', { clock }).execute(({ signal }) => {
      signal.addEventListener('abort', () => seen.push(signal.reason))
      return new Promise(() => {})
    })
    const error = call.catch((reason: unknown) => reason)
    await clock.advance(999)
    expect(seen).toEqual([])
    await clock.advance(1)
    expect(await error).toBeInstanceOf(OperationTimeoutError)
    expect(await error).toMatchObject({ code: 'ERR_LARDER_OPERATION_TIMEOUT' })
    expect(seen).toEqual([await error])
  })

  test('passes on what is in time, leaves no timer, and ignores how late work ends', async () => {
    const clock = new FakeClock()
    const policy = timeout('1s', { clock })
    expect(await policy.execute(() => 'value')).toBe('value')
    await expect(policy.execute(failing)).rejects.toBe(broken)
    clock.assertIdle()
    const late = deferred()
    const call = policy.execute(() => late.promise).catch((error: unknown) => error)
    await clock.advance(1_000)
    late.reject(new Error('late'))
    expect(await call).toBeInstanceOf(OperationTimeoutError)
  })

  test('answers a caller who aborts at once, with the reason', async () => {
    const clock = new FakeClock()
    const caller = new AbortController()
    const call = timeout('1s', { clock }).execute(() => new Promise(() => {}), caller.signal)
    caller.abort('gone')
    await expect(call).rejects.toBe('gone')
    clock.assertIdle()
    await expect(timeout('1s').execute(() => 1, caller.signal)).rejects.toBe('gone')
  })

  test('an answer that arrived while the process was busy is in time', async () => {
    const server = createServer((socket) => {
      // This process is the server as well: it answers in time, and then is busy with something else.
      socket.on('data', () => {
        socket.write('answer')
        const end = performance.now() + 200
        while (performance.now() < end);
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('question')
    const call = timeout('50ms').execute(async () => String(((await once(socket, 'data')) as unknown[])[0]))
    expect(await call).toBe('answer')
    socket.destroy()
    server.close()
  })

  test('counts work that throws as work that rejects', async () => {
    const call = timeout('1s').execute(() => {
      throw broken
    })
    await expect(call).rejects.toBe(broken)
  })
})

describe('retry', () => {
  const settings = (clock: FakeClock): { clock: FakeClock; random: SeededRandom } => ({
    clock,
    random: new SeededRandom(1),
  })

  test('repeats what failed, and tells the work which attempt it is', async () => {
    const clock = new FakeClock()
    const attempts: number[] = []
    const call = retry({ ...settings(clock), attempts: 3 }).execute(({ attempt }) => {
      attempts.push(attempt)
      return attempt === 3 ? 'third' : failing()
    })
    await clock.advance(10_000)
    expect(await call).toBe('third')
    expect(attempts).toEqual([1, 2, 3])
  })

  test('pauses for a random share of a limit that doubles, up to the longest pause', async () => {
    for (const [fraction, pauses] of [
      [0, [0, 0, 0, 0, 0]],
      [0.5, [50, 100, 200, 300, 300]],
    ] as const) {
      const clock = new FakeClock()
      const random = { token: () => '', fraction: () => fraction }
      const at: number[] = []
      const call = retry({ clock, random, attempts: 6, pause: 100, longestPause: 600 }).execute(() => {
        at.push(clock.monotonic())
        return failing()
      })
      await Promise.all([expect(call).rejects.toBe(broken), clock.advance(5_000)])
      expect(at.slice(1).map((time, i) => time - (at[i] as number))).toEqual(pauses)
    }
  })

  test('begins nothing after the deadline, its own or that of a timeout around it', async () => {
    for (const around of ['within', 'timeout'] as const) {
      const clock = new FakeClock()
      const random = { token: () => '', fraction: () => 1 }
      const repeating = retry({
        clock,
        random,
        attempts: 100,
        pause: 100,
        longestPause: 100,
        ...(around === 'within' && { within: 1_000 }),
      })
      const policy = around === 'within' ? repeating : wrap(timeout(1_000, { clock }), repeating)
      const at: number[] = []
      const began = clock.monotonic()
      const call = policy.execute(() => {
        at.push(clock.monotonic() - began)
        return failing()
      })
      await Promise.all([expect(call).rejects.toBe(broken), clock.advance(5_000)])
      // The pause that would end with the deadline is not begun: the caller hears the error itself, and earlier.
      expect(at).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900])
      clock.assertIdle()
    }
  })

  test('stops when the caller has gone', async () => {
    const clock = new FakeClock()
    const caller = new AbortController()
    let attempts = 0
    const call = retry({ ...settings(clock), attempts: 10, pause: '1s' }).execute(() => {
      attempts++
      return failing()
    }, caller.signal)
    const settled = call.catch((error: unknown) => error)
    await clock.advance(0)
    caller.abort('gone')
    expect(await settled).toBe('gone')
    await clock.advance(60_000)
    expect(attempts).toBe(1)
    clock.assertIdle()
  })

  test('does not repeat what `when` does not want repeated, nor what was never done', async () => {
    const clock = new FakeClock()
    let attempts = 0
    const count = (error: unknown) => (): Promise<never> => {
      attempts++
      return Promise.reject(error)
    }
    const choosy = retry({ ...settings(clock), when: (error) => error !== broken })
    await expect(choosy.execute(count(broken))).rejects.toBe(broken)
    await expect(retry(settings(clock)).execute(count(new BulkheadFullError('full')))).rejects.toThrow('full')
    expect(attempts).toBe(2)
  })

  test('under 100 % failures for 60 s, attempts stay within 1.1 times the first attempts, and a burst', async () => {
    const clock = new FakeClock()
    const policy = retry({ ...settings(clock), attempts: 5, pause: '10ms', budget: { share: 0.1, burst: 10 } })
    let calls = 0
    let attempts = 0
    const all: Promise<unknown>[] = []
    const end = clock.monotonic() + 60_000
    while (clock.monotonic() < end) {
      for (let i = 0; i < 5; i++) {
        calls++
        const call = policy.execute(() => {
          attempts++
          return failing()
        })
        all.push(call.catch(() => {}))
      }
      await clock.advance(100)
    }
    await clock.advance(60_000)
    await Promise.all(all)
    expect(calls).toBe(3_000)
    expect(attempts).toBeGreaterThan(calls * 1.09)
    expect(attempts).toBeLessThanOrEqual(calls * 1.1 + 10)
  })
})

describe('fallback', () => {
  test('answers in place of an error, unless it is not meant to', async () => {
    const policy = fallback((error) => `instead of ${(error as Error).message}`, {
      when: (error) => !(error instanceof CacheError),
    })
    expect(await policy.execute(failing)).toBe('instead of broken')
    expect(await policy.execute(() => 'value')).toBe('value')
    await expect(policy.execute(() => Promise.reject(new BulkheadFullError('full')))).rejects.toThrow('full')
  })
})

describe('wrap', () => {
  test('nests executors, the first outermost, also foreign ones', async () => {
    const clock = new FakeClock()
    const order: string[] = []
    const foreign = (name: string): Parameters<typeof wrap>[0] => ({
      execute: async (work, signal = new AbortController().signal) => {
        order.push(`${name} in`)
        try {
          return await work({ signal, attempt: 1 })
        } finally {
          order.push(`${name} out`)
        }
      },
    })
    const policy = wrap(
      foreign('a'),
      fallback(() => 'fallback'),
      foreign('b'),
      timeout('1s', { clock }),
    )
    const call = policy.execute(() => new Promise<string>(() => {}))
    await clock.advance(1_000)
    expect(await call).toBe('fallback')
    expect(order).toEqual(['a in', 'b in', 'b out', 'a out'])
  })

  test('a caller’s abort reaches the work through all of them', async () => {
    const clock = new FakeClock()
    const policy = wrap(retry({ clock }), timeout('1s', { clock }), bulkhead({ maxConcurrent: 1 }))
    const caller = new AbortController()
    let reason: unknown
    const call = policy.execute(({ signal }) => {
      signal.addEventListener('abort', () => void (reason = signal.reason))
      return new Promise(() => {})
    }, caller.signal)
    await Promise.resolve()
    caller.abort('gone')
    await expect(call).rejects.toBe('gone')
    expect(reason).toBe('gone')
    clock.assertIdle()
  })
})

describe('a wrong option throws a TypeError that names it', () => {
  test.each([
    ['timeout', () => timeout('soon' as '1s')],
    ['timeout', () => timeout('forever')],
    ['attempts', () => retry({ attempts: 0 })],
    ['within', () => retry({ within: -1 })],
    ['budget.share', () => retry({ budget: { share: 2 } })],
    ['budget.burst', () => retry({ budget: { burst: -1 } })],
    ['when', () => retry({ when: 1 as never })],
    ['clock', () => retry({ clock: {} as never })],
    ['random', () => retry({ random: {} as never })],
    ['maxConcurrent', () => bulkhead({ maxConcurrent: 0 })],
    ['queue', () => bulkhead({ maxConcurrent: 1, queue: -1 })],
    ['fallback', () => fallback(undefined as never)],
    ['argument 2', () => wrap(timeout('1s'), {} as never)],
  ])('%s', (name, make) => {
    expect(make).toThrow(TypeError)
    expect(make).toThrow(name)
  })
})
