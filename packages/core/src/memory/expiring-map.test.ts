import { expect, test } from 'vitest'
import type { Clock } from '../contracts/clock.ts'
import { ExpiringMap } from './expiring-map.ts'

function clockAt(start: number): Clock & { ms: number } {
  return {
    ms: start,
    now: () => 0,
    monotonic() {
      return this.ms
    },
    after: () => ({ cancel: () => {} }),
  }
}

test('a value is there until its time is over', () => {
  const clock = clockAt(500)
  const map = new ExpiringMap<string>(clock, 10)
  map.set('a', 'A', 100)
  clock.ms = 599.9
  expect(map.get('a')).toBe('A')
  clock.ms = 600
  expect(map.get('a')).toBeUndefined()
})

test('what remains of a value is known, and is nothing for one that is gone', () => {
  const clock = clockAt(0)
  const map = new ExpiringMap<string>(clock, 10)
  map.set('a', 'A', 100)
  map.set('b', 'B', Infinity)
  clock.ms = 60
  expect([map.remaining('a'), map.remaining('b'), map.remaining('c')]).toEqual([40, Infinity, 0])
  clock.ms = 100
  expect(map.remaining('a')).toBe(0)
})

test('setting again starts the time again', () => {
  const clock = clockAt(0)
  const map = new ExpiringMap<string>(clock, 10)
  map.set('a', 'A', 100)
  clock.ms = 90
  map.set('a', 'A2', 100)
  clock.ms = 189
  expect(map.get('a')).toBe('A2')
})

test('above the bound the one that was set longest ago gives way', () => {
  const map = new ExpiringMap<number>(clockAt(0), 3)
  for (const [i, key] of ['a', 'b', 'c'].entries()) map.set(key, i, 100)
  map.set('a', 9, 100)
  map.set('d', 4, 100)
  expect(['a', 'b', 'c', 'd'].map((key) => map.get(key))).toEqual([9, undefined, 2, 4])
  expect(map.size).toBe(3)
})

test('values whose time is over leave without being asked for, as others are set', () => {
  const clock = clockAt(0)
  const map = new ExpiringMap<number>(clock, 1_000_000)
  for (let i = 0; i < 1_000; i++) map.set(`old${i}`, i, 10)
  clock.ms = 10
  for (let i = 0; i < 1_000; i++) map.set(`new${i}`, i, 1_000)
  expect(map.size).toBe(1_000)
})

test('with values that end all the time the map stays near the number of those alive', () => {
  const clock = clockAt(0)
  const map = new ExpiringMap<number>(clock, 1_000_000)
  let largest = 0
  for (let i = 0; i < 20_000; i++) {
    clock.ms = i
    map.set(`k${i}`, i, 100)
    largest = Math.max(largest, map.size)
  }
  expect(largest).toBeLessThan(400)
})

test('a value that lives longer is not swept with its neighbours', () => {
  const clock = clockAt(0)
  const map = new ExpiringMap<number>(clock, 1_000)
  map.set('long', 1, Infinity)
  for (let i = 0; i < 500; i++) {
    clock.ms = i
    map.set(`k${i}`, i, 1)
  }
  expect(map.get('long')).toBe(1)
})

test('a map that was cleared takes new values and sweeps them', () => {
  const clock = clockAt(0)
  const map = new ExpiringMap<number>(clock, 1_000)
  for (let i = 0; i < 10; i++) map.set(`a${i}`, i, 10)
  map.clear()
  expect(map.size).toBe(0)
  for (let i = 0; i < 10; i++) map.set(`b${i}`, i, 10)
  clock.ms = 10
  for (let i = 0; i < 20; i++) map.set(`c${i}`, i, 10)
  expect(map.size).toBe(20)
})
