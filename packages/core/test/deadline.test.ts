import { FakeClock } from '@larder/testing'
import { expect, test } from 'vitest'
import { Deadlines } from '../src/deadline.ts'

const late = (): Error => new Error('late')

test('a wait settles like its work, or rejects when its time is up, each at its own instant', async () => {
  const clock = new FakeClock()
  const deadlines = new Deadlines(clock)
  const settled: string[] = []
  const note = (name: string, work: Promise<unknown>): void => {
    void work.then(
      (value) => settled.push(`${name} ${String(value)}`),
      (error: Error) => settled.push(`${name} ${error.message}`),
    )
  }
  note('a', deadlines.race(new Promise(() => {}), 100, late))
  await clock.advance(50)
  note('b', deadlines.race(new Promise(() => {}), 100, late))
  note('c', deadlines.race(Promise.resolve('done'), 100, late))
  note('d', deadlines.race(Promise.reject(new Error('failed')), 100, late))
  note('e', deadlines.race(new Promise(() => {}), 20, late))
  await clock.advance(49)
  expect(settled).toEqual(['c done', 'd failed', 'e late'])
  await clock.advance(1)
  expect(settled.at(-1)).toBe('a late')
  await clock.advance(50)
  expect(settled.at(-1)).toBe('b late')
  clock.assertIdle()
})

test('many waits of one length share one timer, and none is left behind', async () => {
  const clock = new FakeClock()
  const deadlines = new Deadlines(clock)
  const ends: (() => void)[] = []
  const waits = Array.from({ length: 5_000 }, () =>
    deadlines.race(new Promise<void>((resolve) => ends.push(resolve)), 1_000, late),
  )
  expect(clock.pending).toBe(1)
  for (const end of ends) end()
  await Promise.all(waits)
  clock.assertIdle()
})

test('waits that began at different times all fall due under continuous traffic', async () => {
  const clock = new FakeClock()
  const deadlines = new Deadlines(clock)
  let expired = 0
  for (let turn = 0; turn < 3_000; turn++) {
    void deadlines.race(Promise.resolve(), 100, late)
    void deadlines.race(new Promise(() => {}), 100, late).catch(() => expired++)
    await clock.advance(1)
  }
  await clock.advance(100)
  expect(expired).toBe(3_000)
  clock.assertIdle()
})
