import { expect, test } from 'vitest'
import { Ring } from './ring.ts'

const KEYS: readonly string[] = Array.from({ length: 20_000 }, (_, i) => `shop:{users:${i}}`)
const NAMES: readonly string[] = ['a:11211', 'b:11211', 'c:11211', 'd:11211']

function placed(names: readonly string[]): readonly string[] {
  const ring = new Ring(names)
  return KEYS.map((key) => names[ring.locate(key)] as string)
}

test('the shares of servers are alike', () => {
  const found = placed(NAMES)
  for (const name of NAMES) {
    const share = found.filter((one) => one === name).length / KEYS.length
    expect(share).toBeGreaterThan(0.18)
    expect(share).toBeLessThan(0.32)
  }
})

test('the order of the list does not matter', () => {
  expect(placed(NAMES.toReversed())).toEqual(placed(NAMES))
})

test('a server that leaves moves its own keys and no others', () => {
  const [before, after] = [placed(NAMES), placed(NAMES.filter((name) => name !== 'b:11211'))]
  for (const [i, name] of before.entries()) {
    if (name === 'b:11211') expect(after[i]).not.toBe(name)
    else expect(after[i]).toBe(name)
  }
})

test('where keys are is the same in every release', () => {
  const ring = new Ring(NAMES)
  expect(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((key) => ring.locate(key))).toMatchInlineSnapshot(`
    [
      1,
      2,
      2,
      2,
      0,
      0,
      2,
      1,
    ]
  `)
})
