import { expect, test, vi } from 'vitest'
import { FakeClock } from './fake-clock.ts'

test('time stands still until it is advanced', async () => {
  const clock = new FakeClock({ wallMs: 5_000, monotonicMs: 100 })
  expect([clock.now(), clock.monotonic()]).toEqual([5_000, 100])
  await clock.advance(250.5)
  expect([clock.now(), clock.monotonic()]).toEqual([5_250.5, 350.5])
})

test('timers fire in due order, each at its own instant; those of one instant in the order they were set', async () => {
  const clock = new FakeClock({ monotonicMs: 0 })
  const fired: string[] = []
  for (const [name, delay] of [
    ['c', 30],
    ['a', 10],
    ['d', 30],
    ['b', 20],
    ['zero', 0],
  ] as const) {
    clock.after(delay, () => fired.push(`${name}@${clock.monotonic()}`))
  }
  await clock.advance(30)
  expect(fired).toEqual(['zero@0', 'a@10', 'b@20', 'c@30', 'd@30'])
})

test('a timer does not fire before its time', async () => {
  const clock = new FakeClock()
  const fire = vi.fn()
  clock.after(100, fire)
  await clock.advance(99.9)
  expect(fire).not.toHaveBeenCalled()
  await clock.advance(0.1)
  expect(fire).toHaveBeenCalledOnce()
})

test('timers set while time passes fire in the same advance if they are due in it', async () => {
  const clock = new FakeClock({ monotonicMs: 0 })
  const fired: number[] = []
  const again = (): void => {
    fired.push(clock.monotonic())
    clock.after(10, again)
  }
  clock.after(10, again)
  await clock.advance(35)
  expect(fired).toEqual([10, 20, 30])
})

test('promise chains of any length run between two timers', async () => {
  const clock = new FakeClock()
  const order: string[] = []
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve))
  const task = async (): Promise<void> => {
    await sleep(10)
    for (let i = 0; i < 500; i++) await Promise.resolve()
    order.push('chain')
    await sleep(5)
    order.push(`slept until ${clock.monotonic()}`)
  }
  void task()
  clock.after(11, () => order.push('next timer'))
  await clock.advance(20)
  expect(order).toEqual(['chain', 'next timer', 'slept until 1015'])
})

test('what was begun before the advance gets to set its timers first', async () => {
  const clock = new FakeClock()
  const fire = vi.fn()
  void Promise.resolve()
    .then(() => Promise.resolve())
    .then(() => clock.after(10, fire))
  await clock.advance(10)
  expect(fire).toHaveBeenCalledOnce()
})

test('a cancelled timer does not fire, and cancelling again or late does nothing', async () => {
  const clock = new FakeClock()
  const fire = vi.fn()
  const [cancelled, fired] = [clock.after(10, fire), clock.after(10, () => {})]
  cancelled.cancel()
  cancelled.cancel()
  await clock.advance(10)
  fired.cancel()
  expect(fire).not.toHaveBeenCalled()
})

test('a jump of the wall clock leaves monotonic time and timers alone', async () => {
  const clock = new FakeClock({ wallMs: 10_000, monotonicMs: 0 })
  const fire = vi.fn()
  clock.after(100, fire)
  clock.jumpWall(-5_000)
  expect([clock.now(), clock.monotonic()]).toEqual([5_000, 0])
  clock.jumpWall(1_000_000)
  await clock.advance(99)
  expect(fire).not.toHaveBeenCalled()
  await clock.advance(1)
  expect(fire).toHaveBeenCalledOnce()
})

test('somebody left waiting fails the test; background timers do not', async () => {
  const clock = new FakeClock()
  clock.after(50, () => {}, 'background')
  expect(clock.pending).toBe(0)
  clock.assertIdle()
  const timer = clock.after(300, () => {})
  clock.after(Infinity, () => {})
  expect(clock.pending).toBe(2)
  expect(() => clock.assertIdle()).toThrow('2 left waiting for the clock, due in 300 ms, Infinity ms')
  timer.cancel()
  expect(clock.pending).toBe(1)
})

test('delays beyond 2^31 milliseconds are held', async () => {
  const clock = new FakeClock()
  const fire = vi.fn()
  clock.after(2 ** 40, fire)
  await clock.advance(2 ** 40 - 1)
  expect(fire).not.toHaveBeenCalled()
  await clock.advance(1)
  expect(fire).toHaveBeenCalledOnce()
})

test('an advance rejects with what a timer throws, and time can go on from there', async () => {
  const clock = new FakeClock({ monotonicMs: 0 })
  clock.after(10, () => {
    throw new Error('from a timer')
  })
  await expect(clock.advance(20)).rejects.toThrow('from a timer')
  expect(clock.monotonic()).toBe(10)
  await clock.advance(5)
  expect(clock.monotonic()).toBe(15)
})

test('misuse is refused: time that goes back, two advances at once, a delay that is no number', async () => {
  const clock = new FakeClock()
  await expect(clock.advance(-1)).rejects.toThrow(RangeError)
  await expect(clock.advance(NaN)).rejects.toThrow(RangeError)
  expect(() => clock.after(NaN, () => {})).toThrow(RangeError)
  const first = clock.advance(1)
  await expect(clock.advance(1)).rejects.toThrow('still under way')
  await first
})

test("it runs under a runner's fake timers", async () => {
  vi.useFakeTimers()
  try {
    const clock = new FakeClock()
    const fire = vi.fn()
    clock.after(10, fire)
    await clock.advance(10)
    expect(fire).toHaveBeenCalledOnce()
  } finally {
    vi.useRealTimers()
  }
})
