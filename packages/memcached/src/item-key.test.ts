import fc from 'fast-check'
import { expect, test } from 'vitest'
import { itemKey } from './item-key.ts'

test('every key is one that the protocol carries', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
      expect(itemKey('v', name)).toMatch(/^[\x21-\x7e]{1,250}$/)
    }),
  )
})

test('no two names share a key, nor an entry and a mark', () => {
  const names = ['', 'a', 'a b', 'a\tb', 'v:a', '#a', 'k'.repeat(248), 'k'.repeat(249), 'k'.repeat(300), 'é', 'e\u0301']
  const hashes = names.map((name) => itemKey('v', name))
  const all = [...new Set([...names, ...hashes])].flatMap((name) => [itemKey('v', name), itemKey('m', name)])
  expect(new Set(all).size).toBe(all.length)
})

test('a key that fits is stored as it is', () => {
  expect(itemKey('v', 'shop:{users:1}')).toBe('v:shop:{users:1}')
  expect(itemKey('v', 'k'.repeat(248))).toHaveLength(250)
  expect(itemKey('v', 'k'.repeat(249))).toMatch(/^#[\w-]{43}$/)
})
