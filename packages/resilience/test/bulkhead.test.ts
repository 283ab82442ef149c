import { FakeClock, SeededRandom } from '@larder/testing'
import { describe, expect, test } from 'vitest'
import { bulkhead, BulkheadFullError, OperationTimeoutError, timeout, wrap } from '../src/index.ts'
import { deferred } from './deferred.ts'

const broken = new Error('broken')

describe('bulkhead', () => {
  test('runs so many at once, lets the next wait in order, and rejects the rest', async () => {
    const policy = bulkhead({ maxConcurrent: 2, queue: 2 })
    const works = Array.from({ length: 4 }, () => deferred<number>())
    const begun: number[] = []
    const calls = works.map((work, index) =>
      policy.execute(() => {
        begun.push(index)
        return work.promise
      }),
    )
    await Promise.resolve()
    expect(begun).toEqual([0, 1])
    const refused = await policy.execute(() => 5).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(BulkheadFullError)
    expect(refused).toMatchObject({ code: 'ERR_LARDER_BULKHEAD_FULL' })
    works[1]?.reject(broken)
    await expect(calls[1]).rejects.toBe(broken)
    expect(begun).toEqual([0, 1, 2])
    works.forEach((work, index) => work.resolve(index))
    expect(await Promise.all([calls[0], calls[2], calls[3]])).toEqual([0, 2, 3])
    expect(await policy.execute(() => 6)).toBe(6)
  })

  test('work that is given up but goes on keeps its place', async () => {
    const clock = new FakeClock()
    const policy = wrap(timeout('1s', { clock }), bulkhead({ maxConcurrent: 1, queue: 0 }))
    const slow = deferred()
    const call = policy.execute(() => slow.promise).catch((error: unknown) => error)
    await clock.advance(1_000)
    expect(await call).toBeInstanceOf(OperationTimeoutError)
    await expect(policy.execute(() => 1)).rejects.toBeInstanceOf(BulkheadFullError)
    slow.resolve()
    await clock.advance(0)
    expect(await policy.execute(() => 1)).toBe(1)
  })

  test('who waits may go, and who waits too long hears that there was no place', async () => {
    const clock = new FakeClock()
    const policy = wrap(timeout('1s', { clock }), bulkhead({ maxConcurrent: 1, queue: 1 }))
    const slow = deferred()
    const running = policy.execute(() => slow.promise).catch((error: unknown) => error)
    await clock.advance(500)
    const caller = new AbortController()
    const leaving = policy.execute(() => 1, caller.signal).catch((error: unknown) => error)
    caller.abort('gone')
    expect(await leaving).toBe('gone')
    const waiting = policy.execute(() => 1).catch((error: unknown) => error)
    await clock.advance(1_000)
    expect(await running).toBeInstanceOf(OperationTimeoutError)
    expect(await waiting).toBeInstanceOf(BulkheadFullError)
    slow.resolve()
    await clock.advance(0)
    expect(await policy.execute(() => 1)).toBe(1)
  })

  test('a place that becomes free for a caller who leaves at that very moment is not lost', async () => {
    for (let turns = 0; turns < 20; turns++) {
      const policy = bulkhead({ maxConcurrent: 1, queue: 1 })
      const slow = deferred()
      const running = policy.execute(() => slow.promise)
      const caller = new AbortController()
      const waiting = policy.execute(() => 1, caller.signal).catch((error: unknown) => error)
      await Promise.resolve()
      slow.resolve()
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      caller.abort('gone')
      await Promise.all([running, waiting])
      await new Promise((resolve) => setImmediate(resolve))
      const two = await Promise.all([policy.execute(() => 2), policy.execute(() => 3)])
      expect(two).toEqual([2, 3])
    }
  })

  test('never runs more than it may, whoever aborts, fails or is late', async () => {
    const clock = new FakeClock()
    const random = new SeededRandom(7)
    const policy = wrap(timeout('50ms', { clock }), bulkhead({ maxConcurrent: 3, queue: 20 }))
    let running = 0
    let most = 0
    const calls = Array.from({ length: 400 }, async () => {
      await new Promise<void>((resolve) => clock.after(random.fraction() * 3_000, resolve))
      const caller = new AbortController()
      clock.after(random.fraction() * 200, () => caller.abort('gone'))
      const work = async (): Promise<void> => {
        most = Math.max(most, ++running)
        await new Promise<void>((resolve) => clock.after(random.fraction() * 100, resolve))
        running--
        if (random.fraction() < 0.3) throw broken
      }
      await policy.execute(work, caller.signal).catch(() => {})
    })
    await clock.advance(10_000)
    await Promise.all(calls)
    expect(most).toBe(3)
    expect(running).toBe(0)
    clock.assertIdle()
  })
})
