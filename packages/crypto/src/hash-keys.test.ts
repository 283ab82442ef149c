import { createHmac, hkdfSync } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { testKey } from '../test/keys.ts'
import { hashKeys } from './hash-keys.ts'

const key = testKey('names')
const naming = hashKeys({ key })

describe('hashKeys', () => {
  test('gives the same name in every process, of a form that it recognizes', () => {
    const other = hashKeys({ key: key.toString('base64'), remember: 0 })
    for (const text of ['42', '', 'user:{7}', 'x'.repeat(5_000), '\ud800', '😀']) {
      const name = naming.keys('shop', 'users')(text)
      expect(other.keys('shop', 'users')(text)).toBe(name)
      expect(name).toMatch(/^[\w-]{43}$/)
      expect(naming.recognizes(name)).toBe(true)
    }
    expect(naming.recognizes('42')).toBe(false)
  })

  test('is an HMAC by a key derived for names, so that other programs can compute it', () => {
    const derived = Buffer.from(hkdfSync('sha512', key, 'larder/1/names', '["key","shop","users"]', 64)).subarray(0, 32)
    const expected = createHmac('sha256', derived).update(Buffer.from('42', 'utf16le')).digest('base64url')
    expect(naming.keys('shop', 'users')('42')).toBe(expected)
  })

  test('the same text has another name as a tag, in another cache, in another namespace, and under another key', () => {
    const names = [
      naming.keys('shop', 'users'),
      naming.keys('shop', 'orders'),
      naming.keys('shop2', 'users'),
      naming.keys('shopu', 'sers'),
      naming.tags('shop'),
      naming.tags('users'),
      hashKeys({ key: testKey('another') }).keys('shop', 'users'),
    ].map((nameOf) => nameOf('42'))
    expect(new Set(names).size).toBe(names.length)
  })

  test('different keys get different names, also those that UTF-8 cannot tell apart', () => {
    const nameOf = naming.keys('shop', 'users')
    expect(nameOf('\ud800')).not.toBe(nameOf('\ud801'))
    expect(nameOf('\ud800')).not.toBe(nameOf('\ufffd'))
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(nameOf(a) === nameOf(b)).toBe(a === b)
      }),
    )
  })

  test('remembers a bounded number of names, and gives those it forgot again', () => {
    const nameOf = hashKeys({ key, remember: 10 }).keys('shop', 'users')
    const first = Array.from({ length: 100 }, (_, i) => nameOf(String(i)))
    expect(Array.from({ length: 100 }, (_, i) => nameOf(String(i)))).toEqual(first)
  })

  test('refuses a passphrase and wrong options, and shows no key', () => {
    expect(() => hashKeys({ key: 'secret' })).toThrow(/^key is neither/)
    expect(() => hashKeys({ key, remember: -1 })).toThrow(/^remember must/)
    expect(inspect(naming, { depth: 9, showHidden: true })).not.toContain(key.toString('hex').slice(0, 8))
  })
})
