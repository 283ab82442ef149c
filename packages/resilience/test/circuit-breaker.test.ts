import { LoaderTimeoutError } from '@larder/core'
import type { Clock } from '@larder/core'
import { FakeClock } from '@larder/testing'
import { describe, expect, test } from 'vitest'
import {
  BulkheadFullError,
  circuitBreaker,
  CircuitOpenError,
  OperationTimeoutError,
  timeout,
  wrap,
} from '../src/index.ts'
import type { CircuitBreaker, CircuitBreakerOptions } from '../src/index.ts'
import { deferred } from './deferred.ts'

const failing = (): Promise<never> => Promise.reject(new Error('broken'))
const errorOf = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error)

function make(options: CircuitBreakerOptions = {}): { readonly clock: FakeClock; readonly breaker: CircuitBreaker } {
  const clock = new FakeClock()
  return { clock, breaker: circuitBreaker({ clock, volumeThreshold: 4, openFor: '1s', ...options }) }
}

async function trip(breaker: CircuitBreaker): Promise<void> {
  for (let i = 0; i < 4; i++) await errorOf(breaker.execute(failing))
  expect(breaker.state).toBe('open')
}

describe('a circuit breaker', () => {
  test('stops calling what fails, says so, tries again after a while, and closes', async () => {
    const changes: string[] = []
    const { clock, breaker } = make({ name: 'prices', onStateChange: ({ name, to }) => changes.push(`${name} ${to}`) })
    await trip(breaker)
    let calls = 0
    const error = await errorOf(breaker.execute(() => calls++))
    expect(error).toBeInstanceOf(CircuitOpenError)
    expect(error).toMatchObject({
      code: 'ERR_LARDER_CIRCUIT_OPEN',
      message: expect.stringContaining('prices') as unknown,
    })
    expect(breaker.healthReasons()).toEqual(['the circuit of the prices is open: 4 of 4 calls failed'])
    await clock.advance(1_000)
    expect(await breaker.execute(() => ++calls)).toBe(1)
    expect(breaker.healthReasons()).toEqual([])
    expect(changes).toEqual(['prices open', 'prices half-open', 'prices closed'])
  })

  test('lets one call try at a time', async () => {
    const { clock, breaker } = make()
    await trip(breaker)
    await clock.advance(1_000)
    const probe = deferred<string>()
    const trying = breaker.execute(() => probe.promise)
    expect(breaker.state).toBe('half-open')
    expect(await errorOf(breaker.execute(() => 'second'))).toBeInstanceOf(CircuitOpenError)
    probe.resolve('first')
    expect(await trying).toBe('first')
    expect(await breaker.execute(() => 'third')).toBe('third')
    clock.assertIdle()
  })

  test('gives up a probe that hangs, aborts it, and tries another one later', async () => {
    const { clock, breaker } = make({ probeTimeout: '200ms' })
    await trip(breaker)
    await clock.advance(1_000)
    let reason: unknown
    const late = deferred<string>()
    const hanging = errorOf(
      breaker.execute(({ signal }) => {
        signal.addEventListener('abort', () => void (reason = signal.reason))
        return late.promise
      }),
    )
    await clock.advance(200)
    expect(await hanging).toBeInstanceOf(OperationTimeoutError)
    expect(reason).toBe(await hanging)
    expect(breaker.state).toBe('open')
    late.resolve('late')
    await clock.advance(0)
    expect(breaker.state).toBe('open')
    await clock.advance(1_000)
    expect(await breaker.execute(() => 'value')).toBe('value')
    expect(breaker.state).toBe('closed')
  })

  test('does not count what says nothing: refusals of other policies, callers who leave, errors that are none', async () => {
    const { breaker } = make({ isFailure: (error) => !(error instanceof RangeError) })
    for (let i = 0; i < 20; i++) {
      const caller = new AbortController()
      const call = errorOf(breaker.execute(() => new Promise(() => {}), caller.signal))
      caller.abort(new Error('gone'))
      await call
      await errorOf(breaker.execute(() => Promise.reject(new RangeError('not found'))))
    }
    expect(breaker.state).toBe('closed')
    const usual = make().breaker
    for (let i = 0; i < 20; i++) await errorOf(usual.execute(() => Promise.reject(new BulkheadFullError('full'))))
    expect(usual.state).toBe('closed')
  })

  test('a probe whose caller leaves leaves the question to the next call', async () => {
    const { clock, breaker } = make()
    await trip(breaker)
    await clock.advance(1_000)
    const caller = new AbortController()
    const probe = errorOf(breaker.execute(() => new Promise(() => {}), caller.signal))
    caller.abort('gone')
    expect(await probe).toBe('gone')
    expect(breaker.state).toBe('open')
    expect(await breaker.execute(() => 'next')).toBe('next')
    expect(breaker.state).toBe('closed')
    clock.assertIdle()
  })

  test('counts work that hangs once somebody around it has lost patience', async () => {
    const { clock, breaker } = make()
    const policy = wrap(timeout('100ms', { clock }), breaker)
    for (let i = 0; i < 4; i++) {
      const call = errorOf(policy.execute(() => new Promise(() => {})))
      await clock.advance(100)
      expect(await call).toBeInstanceOf(OperationTimeoutError)
    }
    expect(breaker.state).toBe('open')
    const other = make().breaker
    for (let i = 0; i < 4; i++) {
      const cache = new AbortController()
      const call = errorOf(other.execute(() => new Promise(() => {}), cache.signal))
      cache.abort(new LoaderTimeoutError('hard timeout'))
      await call
    }
    expect(other.state).toBe('open')
  })

  test('opens after so many failures in a row, however good the time before was', async () => {
    const { breaker } = make({ failuresInARow: 5 })
    for (let i = 0; i < 1_000; i++) await breaker.execute(() => i)
    for (let i = 0; i < 4; i++) await errorOf(breaker.execute(failing))
    await breaker.execute(() => 1)
    for (let i = 0; i < 4; i++) await errorOf(breaker.execute(failing))
    expect(breaker.state).toBe('closed')
    await errorOf(breaker.execute(failing))
    expect(breaker.state).toBe('open')
    expect(breaker.healthReasons()).toEqual(['the circuit of the source is open: the last 5 calls failed'])
  })

  test('with a probe of its own, no caller has to try; it is repeated until it succeeds, also if timers are early', async () => {
    const machine = new FakeClock()
    // Timers of Node.js fire up to a millisecond before the monotonic clock has got there.
    const clock: Clock = {
      now: () => machine.now(),
      monotonic: () => machine.monotonic(),
      after: (ms, callback, kind) => machine.after(ms - 1, callback, kind),
    }
    let well = false
    let probes = 0
    const probe = (): Promise<void> => {
      probes++
      return well ? Promise.resolve() : Promise.reject(new Error('still down'))
    }
    const breaker = circuitBreaker({ clock, volumeThreshold: 4, openFor: '1s', probe })
    await trip(breaker)
    let calls = 0
    for (let second = 1; second <= 5; second++) {
      await machine.advance(999)
      expect(await errorOf(breaker.execute(() => calls++))).toBeInstanceOf(CircuitOpenError)
      expect(probes).toBe(second)
    }
    well = true
    await machine.advance(999)
    expect(await breaker.execute(() => ++calls)).toBe(1)
    await machine.advance(60_000)
    expect(probes).toBe(6)
    machine.assertIdle()
  })

  test('with a probe of its own, no caller has to try even if the probe is late', async () => {
    const machine = new FakeClock()
    const clock: Clock = {
      now: () => machine.now(),
      monotonic: () => machine.monotonic(),
      after: (ms, callback, kind) => machine.after(ms + 500, callback, kind),
    }
    const breaker = circuitBreaker({ clock, volumeThreshold: 4, openFor: '1s', probe: () => Promise.resolve() })
    await trip(breaker)
    await machine.advance(1_200)
    expect(await errorOf(breaker.execute(() => 'value'))).toBeInstanceOf(CircuitOpenError)
    await machine.advance(300)
    expect(await breaker.execute(() => 'value')).toBe('value')
  })

  test('a probe of its own that hangs is given up, and repeated', async () => {
    let probes = 0
    const probe = (): Promise<void> => (++probes === 1 ? new Promise(() => {}) : Promise.resolve())
    const { clock, breaker } = make({ probe, probeTimeout: '200ms' })
    await trip(breaker)
    await clock.advance(1_100)
    expect(breaker.state).toBe('half-open')
    await clock.advance(1_100)
    expect(breaker.state).toBe('closed')
    expect(probes).toBe(2)
  })

  test('a listener that throws breaks nothing', async () => {
    const warnings: unknown[] = []
    const listen = (warning: unknown): number => warnings.push(warning)
    process.on('warning', listen)
    const { breaker } = make({
      onStateChange: () => {
        throw new Error('listener')
      },
    })
    await trip(breaker)
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', listen)
    expect(String(warnings)).toContain('listener')
  })

  test('is not fooled by wall clocks that jump', async () => {
    const { clock, breaker } = make()
    await trip(breaker)
    clock.jumpWall(-3_600_000)
    await clock.advance(1_000)
    expect(await breaker.execute(() => 'value')).toBe('value')
  })
})

test.each([
  ['failureRate', { failureRate: 2 }],
  ['volumeThreshold', { volumeThreshold: 0 }],
  ['failuresInARow', { failuresInARow: 0 }],
  ['window', { window: 'forever' }],
  ['openFor', { openFor: 'forever' }],
  ['probeTimeout', { probeTimeout: '0s' }],
  ['isFailure', { isFailure: true }],
  ['onStateChange', { onStateChange: 1 }],
  ['name', { name: 7 }],
] as const)('a wrong %s throws a TypeError that names it', (name, options) => {
  const breaker = (): unknown => circuitBreaker(options as unknown as CircuitBreakerOptions)
  expect(breaker).toThrow(TypeError)
  expect(breaker).toThrow(name)
})
