import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidKeyError } from '../errors/invalid-key-error.ts'
import { checkKey, encodeNamespace, parseRecordItem, recordItem, storeKey } from './cache-key.ts'

/** Strings of the characters that separate, escape or break something, and of any others. */
const nasty = fc.oneof(
  fc.string({
    unit: fc.constantFrom('%', ':', '{', '}', '2', '5', 'u', 'D', '8', '0', ' ', '\0', '\x7f', '\ud800', '\udc00', 'é'),
    maxLength: 12,
  }),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
)

describe('storeKey', () => {
  test('puts plain parts together as they are', () => {
    expect(storeKey('shop', 'users', 'user:42')).toBe('shop:{users:user:42}')
    expect(storeKey('shop', 'users', '')).toBe('shop:{users:}')
    expect(storeKey('sklep', 'użytkownicy', 'żółw 😀'.replace(' ', '-'))).toBe('sklep:{użytkownicy:żółw-😀}')
  })

  test('escapes what would separate, end or break a key', () => {
    expect(storeKey('a:b', 'c{d', 'e}f%g h\0i\x7fj\ud800k:l')).toBe('a%3Ab:{c%7Bd:e%7Df%25g%20h%00i%7Fj%uD800k:l}')
    expect(storeKey('n', 'c', '\x85\r\n\udfff')).toBe('n:{c:%u0085%0D%0A%uDFFF}')
  })

  test('gives different keys for different parts', () => {
    const parts = fc.tuple(nasty, nasty, nasty)
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(storeKey(...a) === storeKey(...b)).toBe(a.every((part, index) => part === b[index]))
      }),
      { numRuns: 2_000 },
    )
  })

  test('keeps apart keys that differ by one moved or escaped character', () => {
    const keys = [
      storeKey('a', 'b', 'c:d'),
      storeKey('a', 'b:c', 'd'),
      storeKey('a:b', 'c', 'd'),
      storeKey('a', 'b', 'c%3Ad'),
      storeKey('a', 'b', 'c}:{d'),
      storeKey('a', 'b', '\ud83d'),
      storeKey('a', 'b', '\ud83d\ude00'),
      storeKey('a', 'b', '\ude00'),
      storeKey('a', 'b', '\ufffd'),
      storeKey('a', 'b', '%uD83D'),
      storeKey('a', 'b', ''),
      storeKey('a', '', 'b'),
      storeKey('', 'a', 'b'),
      storeKey('a', 'b', '\0'),
      storeKey('a', 'b', '\0\0'),
      storeKey('a', 'b', 'é'),
      storeKey('a', 'b', 'é'.normalize('NFD')),
    ]
    expect(new Set(keys).size).toBe(keys.length)
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(keys.length)
  })

  test('is valid Unicode without spaces or controls, and Redis hashes exactly <cache>:<key>', () => {
    fc.assert(
      fc.property(nasty, nasty, nasty, (namespace, cache, key) => {
        const stored = storeKey(namespace, cache, key)
        expect(stored.isWellFormed()).toBe(true)
        expect(/[\p{Cc} ]/u.test(stored)).toBe(false)
        const open = stored.indexOf('{')
        expect(stored.slice(open + 1, stored.indexOf('}', open + 1))).toBe(recordItem(cache, key))
        expect(stored.endsWith('}')).toBe(true)
      }),
    )
  })

  test('keeps long keys apart as well', () => {
    const long = '{\0é'.repeat(3_500)
    expect(storeKey('n', 'c', long)).not.toBe(storeKey('n', 'c', `${long}x`))
    expect(parseRecordItem(recordItem('c', long))).toEqual({ cache: 'c', key: long })
  })
})

describe('recordItem and parseRecordItem', () => {
  test('are each other’s inverse', () => {
    fc.assert(
      fc.property(nasty, nasty, (cache, key) => {
        expect(parseRecordItem(recordItem(cache, key))).toEqual({ cache, key })
      }),
      { numRuns: 1_000 },
    )
  })

  test('other services may escape more than is needed, as encodeURIComponent does', () => {
    expect(parseRecordItem(`users:${encodeURIComponent('zażółć/😀 {x}')}`)).toEqual({
      cache: 'users',
      key: 'zażółć/😀 {x}',
    })
    expect(parseRecordItem('users:%7b%7B%41 {')).toEqual({ cache: 'users', key: '{{A {' })
  })

  test.each([
    '',
    'users',
    'users:%',
    'users:%4',
    'users:%zz',
    'us%ers:x',
    'users:%u12',
    'users:%uD8zz',
    'users:%ff',
    'users:%ED%A0%80',
  ])('text that no escape produces is no item: %j', (item) => {
    expect(parseRecordItem(item)).toBeUndefined()
  })

  test('any text is either an item or none, and never an error', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const parsed = parseRecordItem(text)
        if (parsed !== undefined) expect(parseRecordItem(recordItem(parsed.cache, parsed.key))).toEqual(parsed)
      }),
    )
  })
})

test('a namespace is escaped as it stands in keys', () => {
  expect(encodeNamespace('shop')).toBe('shop')
  expect(storeKey('a:{b}', 'c', 'd').startsWith(`${encodeNamespace('a:{b}')}:{`)).toBe(true)
})

describe('checkKey', () => {
  test.each(['', 'x', '\0', '{}', '\ud800', 'x'.repeat(65_536)])('accepts every string up to 65,536 units', (key) => {
    expect(() => checkKey(key, 'users')).not.toThrow()
  })

  test.each([undefined, null, 42, 42n, true, {}, [], Symbol('x'), () => 'x', new String('x')])('refuses %o', (key) => {
    expect(() => checkKey(key, 'users')).toThrow(InvalidKeyError)
    expect(() => checkKey(key, 'users')).toThrow(/^a key of cache "users" must be a string, got /)
  })

  test('refuses a key that is too long, without repeating all of it', () => {
    let error: unknown
    try {
      checkKey('y'.repeat(65_537), 'users')
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(InvalidKeyError)
    const { code, message } = error as InvalidKeyError
    expect(code).toBe('ERR_LARDER_INVALID_KEY')
    expect(message).toMatch(/65537 UTF-16 units/)
    expect(message.length).toBeLessThan(300)
  })
})
