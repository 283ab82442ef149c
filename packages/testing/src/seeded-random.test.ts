import { expect, test } from 'vitest'
import { SeededRandom } from './seeded-random.ts'

test('the words are those of the reference implementation of xoshiro128** 1.1', () => {
  const random = new SeededRandom([1, 2, 3, 4])
  expect(Array.from({ length: 10 }, () => random.word())).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ])
})

test('the same seed gives the same sequence, another seed another one', () => {
  const draw = (seed: number): unknown[] => {
    const random = new SeededRandom(seed)
    return [random.token(), random.fraction(), random.word(), random.token()]
  }
  expect(draw(42)).toEqual(draw(42))
  const firsts = Array.from({ length: 1_000 }, (_, seed) => String(draw(seed)[0]))
  expect(new Set(firsts).size).toBe(1_000)
})

test('a token has sixteen characters of the alphabet, and none comes twice', () => {
  const random = new SeededRandom(7)
  const tokens = Array.from({ length: 50_000 }, () => random.token())
  expect(tokens.every((token) => /^[A-Za-z0-9_-]{16}$/.test(token))).toBe(true)
  expect(new Set(tokens).size).toBe(tokens.length)
})

test('every place of a token takes every character', () => {
  const random = new SeededRandom(7)
  const seen = Array.from({ length: 16 }, () => new Set<string>())
  for (let i = 0; i < 5_000; i++)
    for (const [place, character] of [...random.token()].entries()) seen[place]?.add(character)
  expect(seen.map((characters) => characters.size)).toEqual(Array.from({ length: 16 }, () => 64))
})

test('fractions are spread over [0, 1)', () => {
  const random = new SeededRandom(3)
  const buckets = Array.from({ length: 10 }, () => 0)
  for (let i = 0; i < 100_000; i++) {
    const fraction = random.fraction()
    if (!(fraction >= 0 && fraction < 1)) throw new Error(`${fraction} is out of range`)
    buckets[Math.floor(fraction * 10)]!++
  }
  for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(500)
})

test('a state of zeros, which would only give zeros, is refused', () => {
  expect(() => new SeededRandom([0, 0, 0, 0])).toThrow(RangeError)
})
