import { memory } from '@larder/core'
import { FakeClock } from '@larder/testing'
import Bottleneck from 'bottleneck'
import Opossum from 'opossum'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { bulkhead, circuitBreaker, rateLimit, resilient, timeout, wrap } from '../src/index.ts'
import { deferred } from './deferred.ts'
import { sleep } from './eventually.ts'

/**
 * Faults of the libraries that the policies stand on, each shown on the library and shown absent here. A test that fails in its first half
 * means that the library was mended: then look whether the guard is still needed.
 */
const failing = (): Promise<never> => Promise.reject(new Error('broken'))
const ignore = (): void => {}

/** Counts how many calls of it run at once; each ends when the test says so. */
function counted(): { readonly work: () => Promise<void>; readonly most: () => number; readonly end: () => void } {
  let running = 0
  let most = 0
  const gate = deferred()
  const work = async (): Promise<void> => {
    most = Math.max(most, ++running)
    await gate.promise
    running--
  }
  return { work, most: () => most, end: gate.resolve }
}

afterEach(() => void vi.restoreAllMocks())

describe('opossum', () => {
  const open: Opossum[] = []
  const opossum = (action: () => Promise<unknown>, options: Opossum.Options = {}): Opossum => {
    const breaker = new Opossum(action, options)
    open.push(breaker)
    return breaker
  }
  afterEach(() => open.splice(0).forEach((breaker) => breaker.shutdown()))

  test('opens on the first failure; a circuit breaker needs a volume', async () => {
    const bare = opossum(failing)
    await bare.fire().catch(ignore)
    expect(bare.opened).toBe(true)

    const breaker = circuitBreaker()
    await breaker.execute(failing).catch(ignore)
    expect(breaker.state).toBe('closed')
  })

  test('stays half-open for ever behind a probe that hangs; a circuit breaker gives it up', async () => {
    let action: () => Promise<unknown> = failing
    const bare = opossum(() => action(), { timeout: false, resetTimeout: 20 })
    await bare.fire().catch(ignore)
    await sleep(40)
    action = () => new Promise(() => {})
    void bare.fire().catch(ignore)
    action = () => Promise.resolve()
    await sleep(100)
    expect(bare.halfOpen).toBe(true)
    await expect(bare.fire()).rejects.toThrow('Breaker is open')

    const clock = new FakeClock()
    const breaker = circuitBreaker({ clock, volumeThreshold: 1, openFor: 20, probeTimeout: 20 })
    await breaker.execute(failing).catch(ignore)
    await clock.advance(20)
    void breaker.execute(() => new Promise(() => {})).catch(ignore)
    await clock.advance(40)
    expect(await breaker.execute(() => 'value')).toBe('value')
  })

  test('counts a full bulkhead as a failure; a circuit breaker does not', async () => {
    const slow = deferred()
    const bare = opossum(() => slow.promise, { capacity: 1, timeout: false })
    const first = bare.fire()
    for (let i = 0; i < 2; i++) await bare.fire().catch(ignore)
    expect(bare.opened).toBe(true)
    slow.resolve()
    await first

    const held = deferred()
    const breaker = circuitBreaker({ volumeThreshold: 1 })
    const policy = wrap(breaker, bulkhead({ maxConcurrent: 1, queue: 0 }))
    const running = policy.execute(() => held.promise)
    for (let i = 0; i < 10; i++) await policy.execute(() => 1).catch(ignore)
    expect(breaker.state).toBe('closed')
    held.resolve()
    await running
  })

  test('lets more work run than its capacity once calls time out; a bulkhead does not', async () => {
    const bare = counted()
    const breaker = opossum(bare.work, { capacity: 2, timeout: 5, errorThresholdPercentage: 100 })
    for (let i = 0; i < 5; i++) await Promise.all([breaker.fire().catch(ignore), breaker.fire().catch(ignore)])
    expect(bare.most()).toBe(10)
    bare.end()

    const ours = counted()
    const clock = new FakeClock()
    const policy = wrap(timeout(5, { clock }), bulkhead({ maxConcurrent: 2 }))
    for (let i = 0; i < 5; i++) {
      const calls = [policy.execute(ours.work).catch(ignore), policy.execute(ours.work).catch(ignore)]
      await clock.advance(5)
      await Promise.all(calls)
    }
    expect(ours.most()).toBe(2)
    ours.end()
  })

  test('is closed by the late success of a call from before; a circuit breaker is not', async () => {
    const late = deferred()
    let action: () => Promise<unknown> = () => late.promise
    const bare = opossum(() => action(), { timeout: false, resetTimeout: 20, errorThresholdPercentage: 1 })
    const early = bare.fire()
    action = failing
    await bare.fire().catch(ignore)
    await sleep(40)
    expect(bare.halfOpen).toBe(true)
    late.resolve()
    await early
    expect(bare.closed).toBe(true)

    const clock = new FakeClock()
    const breaker = circuitBreaker({ clock, volumeThreshold: 1, openFor: 20 })
    const again = deferred()
    const before = breaker.execute(() => again.promise)
    await breaker.execute(failing).catch(ignore)
    await clock.advance(20)
    const probe = deferred()
    const probing = breaker.execute(() => probe.promise)
    again.resolve()
    await before
    expect(breaker.state).toBe('half-open')
    probe.resolve()
    await probing
  })

  test('is closed by a probe whose error does not count; a circuit breaker asks again', async () => {
    const refused = (): Promise<never> => Promise.reject(new RangeError('refused'))
    let action: () => Promise<unknown> = failing
    const bare = opossum(() => action(), { resetTimeout: 20, errorFilter: (error) => error instanceof RangeError })
    await bare.fire().catch(ignore)
    await sleep(40)
    action = refused
    await bare.fire().catch(ignore)
    expect(bare.closed).toBe(true)

    const clock = new FakeClock()
    const isFailure = (error: unknown): boolean => !(error instanceof RangeError)
    const breaker = circuitBreaker({ clock, volumeThreshold: 1, openFor: 20, isFailure })
    await breaker.execute(failing).catch(ignore)
    await clock.advance(20)
    await breaker.execute(refused).catch(ignore)
    expect(breaker.state).toBe('open')
  })

  test('aborts the signal of every later call with the first that times out; a timeout aborts its own', async () => {
    const abortController = new AbortController()
    const bare = opossum(() => sleep(30), { timeout: 5, abortController })
    await bare.fire().catch(ignore)
    expect(abortController.signal.aborted).toBe(true)

    const policy = timeout(5)
    await policy.execute(() => sleep(30)).catch(ignore)
    expect(await policy.execute(({ signal }) => signal.aborted)).toBe(false)
  })

  test('takes an action that returns nothing for a failure; a circuit breaker does not', async () => {
    const bare = opossum((() => undefined) as unknown as () => Promise<unknown>)
    await bare.fire().catch(ignore)
    expect(bare.opened).toBe(true)

    const breaker = circuitBreaker({ volumeThreshold: 1 })
    expect(await breaker.execute(() => undefined)).toBeUndefined()
    expect(breaker.state).toBe('closed')
  })

  test('keeps the time of every call; a circuit breaker has it keep none', async () => {
    const bare = opossum(() => Promise.resolve(), { rollingPercentilesEnabled: false, rollingCountTimeout: 60_000 })
    for (let i = 0; i < 500; i++) await bare.fire()
    const kept = (breaker: Opossum): number =>
      (breaker.status as unknown as { window: { latencyTimes: number[] }[] }).window.flatMap((one) => one.latencyTimes)
        .length
    expect(kept(bare)).toBe(500)

    const clock = new FakeClock()
    const statuses = vi.spyOn(Opossum.prototype, 'fire')
    const breaker = circuitBreaker({ clock, window: '1m' })
    for (let i = 0; i < 500; i++) await breaker.execute(() => i)
    await breaker.execute(failing).catch(ignore)
    expect((statuses.mock.contexts[0] as Opossum).stats).toMatchObject({ fires: 501, successes: 500, failures: 1 })
    expect(kept(statuses.mock.contexts[0] as Opossum)).toBe(1)
  })
})

test('opossum, once open, keeps a timer; a circuit breaker leaves none behind', async () => {
  const set = vi.spyOn(globalThis, 'setTimeout')
  const cleared = vi.spyOn(globalThis, 'clearTimeout')
  const left = (): number =>
    set.mock.results.filter(({ value }) => !cleared.mock.calls.some(([timer]) => timer === value)).length
  const bare = new Opossum(failing, { timeout: false })
  await bare.fire().catch(ignore)
  expect(left()).toBe(1)
  bare.shutdown()

  const clock = new FakeClock()
  const breaker = circuitBreaker({ clock, volumeThreshold: 1 })
  await breaker.execute(failing).catch(ignore)
  expect(breaker.state).toBe('open')
  expect(left()).toBe(0)
})

describe('bottleneck', () => {
  test('takes more than a millisecond for a job; neither a bulkhead nor a hit waits for it', async () => {
    const JOBS = 100
    const bare = new Bottleneck()
    const began = performance.now()
    await Promise.all(Array.from({ length: JOBS }, () => bare.schedule(() => Promise.resolve())))
    expect((performance.now() - began) / JOBS).toBeGreaterThan(1)

    const scheduled = vi.spyOn(Bottleneck.prototype, 'schedule')
    const policy = bulkhead({ maxConcurrent: 2 })
    const backend = resilient(memory(), { bulkhead: { maxConcurrent: 2 } })
    let turnOver = false
    setImmediate(() => (turnOver = true))
    await Promise.all(Array.from({ length: JOBS }, () => policy.execute(() => 1)))
    await Promise.all(Array.from({ length: JOBS }, () => backend.store.get('key')))
    // Not a single turn of the event loop, let alone a millisecond for each.
    expect(turnOver).toBe(false)
    expect(scheduled).not.toHaveBeenCalled()
  })

  test('takes one job for each call; a rate limit takes one for all it lets through', async () => {
    const scheduled = vi.spyOn(Bottleneck.prototype, 'schedule')
    const policy = rateLimit({ limit: 500 })
    await Promise.all(Array.from({ length: 500 }, () => policy.execute(() => 1)))
    expect(scheduled.mock.calls.length).toBeLessThan(20)
  })

  test('stalls when the wall clock is set back; a rate limit does not', async () => {
    const real = Date.now.bind(Date)
    const bare = new Bottleneck()
    await bare.schedule(() => Promise.resolve())
    const policy = rateLimit({ limit: 100 })
    await policy.execute(() => 1)
    vi.spyOn(Date, 'now').mockImplementation(() => real() - 3_600_000)
    let ran = false
    void bare.schedule(async () => void (ran = true))
    const began = performance.now()
    expect(await policy.execute(() => 2)).toBe(2)
    expect(await policy.execute(() => 3)).toBe(3)
    expect(performance.now() - began).toBeLessThan(900)
    await sleep(300)
    expect(ran).toBe(false)
  })

  test('stalls as well when it is set back before the first job; a rate limit starts anew', async () => {
    const real = Date.now.bind(Date)
    const bare = new Bottleneck()
    const policy = rateLimit({ limit: 100 })
    vi.spyOn(Date, 'now').mockImplementation(() => real() - 3_600_000)
    let ran = false
    void bare.schedule(async () => void (ran = true))
    expect(await policy.execute(() => 1)).toBe(1)
    expect(ran).toBe(false)
  })

  test('lets more run than maxConcurrent once jobs expire; a bulkhead does not', async () => {
    const bare = counted()
    const limiter = new Bottleneck({ maxConcurrent: 1 })
    const jobs = Array.from({ length: 4 }, () => limiter.schedule({ expiration: 10 }, bare.work).catch(ignore))
    await Promise.all(jobs)
    expect(bare.most()).toBeGreaterThan(1)
    bare.end()

    const ours = counted()
    const policy = wrap(timeout('10ms'), bulkhead({ maxConcurrent: 1 }))
    await Promise.all(Array.from({ length: 4 }, () => policy.execute(ours.work).catch(ignore)))
    expect(ours.most()).toBe(1)
    ours.end()
  })
})
