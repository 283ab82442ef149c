import { expect, test } from 'vitest'
import { systemClock } from '@larder/core'
import type { Clock, Frame } from '@larder/core/contracts'
import { Gather } from './gather.ts'
import { groupBySlot } from './group-by-slot.ts'

/** Answers every key with its own bytes, and notes what was fetched together. */
function recorder(): {
  readonly batches: (readonly string[])[]
  readonly fetch: (keys: readonly string[]) => Promise<readonly (Frame | null)[]>
} {
  const batches: (readonly string[])[] = []
  const fetch = async (keys: readonly string[]): Promise<readonly (Frame | null)[]> => {
    batches.push(keys)
    return keys.map((key) => (key === 'missing' ? null : Buffer.from(key)))
  }
  return { batches, fetch }
}

test('reads of one turn are fetched together, across promise callbacks', async () => {
  const { batches, fetch } = recorder()
  const gather = new Gather({ fetch, clock: systemClock })
  const first = gather.get('a')
  const second = Promise.resolve().then(() => gather.get('missing'))
  expect(await Promise.all([first, second])).toEqual([Buffer.from('a'), undefined])
  await gather.get('b')
  expect(batches).toEqual([['a', 'missing'], ['b']])
})

test('no fetch has more than 512 keys', async () => {
  const { batches, fetch } = recorder()
  const gather = new Gather({ fetch, clock: systemClock })
  await Promise.all(Array.from({ length: 1100 }, (_, i) => gather.get(String(i))))
  expect(batches.map((batch) => batch.length)).toEqual([512, 512, 76])
})

test('an error reaches all readers of its fetch, and no others', async () => {
  let fetches = 0
  const fetch = async (keys: readonly string[]): Promise<readonly null[]> => {
    if (++fetches === 1) throw new Error('lost')
    return keys.map(() => null)
  }
  const gather = new Gather({ fetch, clock: systemClock })
  const reads = await Promise.allSettled(Array.from({ length: 513 }, (_, i) => gather.get(String(i))))
  expect(reads.slice(0, 512).every(({ status }) => status === 'rejected')).toBe(true)
  expect(reads[512]).toEqual({ status: 'fulfilled', value: undefined })
})

test('a clock without turns gathers what is asked for synchronously', async () => {
  const { batches, fetch } = recorder()
  const clock: Clock = { now: systemClock.now, monotonic: systemClock.monotonic, after: systemClock.after }
  const gather = new Gather({ fetch, clock })
  await Promise.all([gather.get('a'), gather.get('b')])
  expect(batches).toEqual([['a', 'b']])
})

test('keys of different slots are fetched apart, and the failure of one group is not that of the others', async () => {
  const batches: (readonly string[])[] = []
  const fetch = async (keys: readonly string[]): Promise<readonly Frame[]> => {
    batches.push(keys)
    if (keys.includes('{a}1')) throw new Error('lost')
    return keys.map((key) => Buffer.from(key))
  }
  const gather = new Gather({ fetch, clock: systemClock, groups: groupBySlot })
  const reads = await Promise.allSettled(['{a}1', '{b}1', '{a}2', '{b}2'].map((key) => gather.get(key)))
  expect(batches).toEqual([
    ['{a}1', '{a}2'],
    ['{b}1', '{b}2'],
  ])
  expect(reads.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled'])
  expect(reads[3]).toEqual({ status: 'fulfilled', value: Buffer.from('{b}2') })
})
