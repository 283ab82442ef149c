import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compositeKey } from './composite-key.ts'
import { entityKey } from './entity-key.ts'
import type { KeyId } from './key-part.ts'
import { listKey } from './list-key.ts'
import { sessionKey } from './session-key.ts'
import { stableHash } from './stable-hash.ts'

const name = fc.string({
  unit: fc.constantFrom('%', ':', '2', '5', '3', 'A', 'a', '\ud800', ' '),
  minLength: 1,
  maxLength: 6,
})

describe('key builders', () => {
  test('read as their parts', () => {
    expect(entityKey('user', 42)).toBe('user:42')
    expect(entityKey('user', 42n)).toBe('user:42')
    expect(entityKey('user', '42')).toBe('user:42')
    expect(compositeKey('user', 7, 'order', 9)).toBe('user:7:order:9')
    expect(sessionKey('s3cr3t')).toBe('session:s3cr3t')
    expect(listKey('user', { page: 2 })).toBe(`list:user:${stableHash({ page: 2 })}`)
    expect(listKey('user', { page: 2 })).toMatch(/^list:user:[\w-]{43}$/)
  })

  test('escape the separator, so that parts never run into each other', () => {
    expect(entityKey('a:b', 'c%3Ad')).toBe('a%3Ab:c%253Ad')
    expect(compositeKey('user', '7:order', 'x', 1)).not.toBe(compositeKey('user', '7', 'order:x', 1))
    expect(entityKey('a', 'b:c')).not.toBe(entityKey('a:b', 'c'))
  })

  test('give different keys for different parts', () => {
    const four = fc.tuple(name, name, name, name)
    fc.assert(
      fc.property(four, four, (a, b) => {
        const same = a.every((part, index) => part === b[index])
        expect(compositeKey(...a) === compositeKey(...b)).toBe(same)
        expect(entityKey(a[0], a[1]) === entityKey(b[0], b[1])).toBe(a[0] === b[0] && a[1] === b[1])
        expect(sessionKey(a[0]) === sessionKey(b[0])).toBe(a[0] === b[0])
        expect(entityKey(a[0], a[1])).not.toBe(compositeKey(...b))
      }),
      { numRuns: 1_000 },
    )
  })

  test('a list key does not depend on the order of filters', () => {
    expect(listKey('user', { role: 'admin', page: 1 })).toBe(listKey('user', { page: 1, role: 'admin' }))
    expect(listKey('user', { page: 1 })).not.toBe(listKey('user', { page: '1' }))
    expect(listKey('user', { page: 1 })).not.toBe(listKey('order', { page: 1 }))
  })

  test.each(['', undefined, null, NaN, Infinity, {}, [], true, Symbol('x')])(
    'refuse %o as an id, which is nearly always a mistake',
    (id) => {
      const wrong = id as KeyId
      expect(() => entityKey('user', wrong)).toThrow(/^id must be/)
      expect(() => compositeKey('user', wrong, 'order', 1)).toThrow(/^idA must be/)
      expect(() => compositeKey('user', 1, 'order', wrong)).toThrow(/^idB must be/)
      expect(() => sessionKey(wrong as string)).toThrow(/^sid must be/)
      expect(() => entityKey('user', wrong)).toThrow(TypeError)
    },
  )

  test('refuse an empty entity name', () => {
    expect(() => entityKey('', 1)).toThrow(/^entity must be/)
    expect(() => listKey('', {})).toThrow(/^entity must be/)
    expect(() => compositeKey('user', 1, '', 1)).toThrow(/^entityB must be/)
  })
})
