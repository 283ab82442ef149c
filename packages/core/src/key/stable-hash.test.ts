import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalText } from './canonical-text.ts'
import { stableHash } from './stable-hash.ts'

/** The same data with all properties, entries and members in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (value instanceof Map) return new Map([...value].reverse().map(([key, item]) => [reversed(key), reversed(item)]))
  if (value instanceof Set) return new Set([...value].reverse().map(reversed))
  if (typeof value !== 'object' || value === null || value instanceof Date || ArrayBuffer.isView(value)) return value
  const copy: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value).reverse())
    Object.defineProperty(copy, name, { value: reversed(item), enumerable: true })
  return copy
}

const json = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 })

describe('stableHash', () => {
  test('is 43 characters that need no escape in a key', () => {
    expect(stableHash({ a: 1 })).toMatch(/^[\w-]{43}$/)
  })

  test('stays the same from release to release', () => {
    expect(
      stableHash({ role: 'admin', page: 2, tags: ['a', null, true, 1.5, 7n, undefined], since: new Date(0) }),
    ).toBe('CCA0CHTSVl6ighX9AAoz4Hlu_qgV7IGbqxfYOkXvfpg')
  })

  test('does not depend on the order of properties, entries or members', () => {
    const rich = fc.anything({
      withDate: true,
      withMap: true,
      withSet: true,
      withBigInt: true,
      withTypedArray: true,
      maxDepth: 3,
    })
    fc.assert(
      fc.property(fc.oneof(json, rich), (value) => {
        expect(stableHash(reversed(value))).toBe(stableHash(value))
      }),
      { numRuns: 1_000 },
    )
  })

  test('differs for different JSON values', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        const text = (value: unknown): string => JSON.stringify(value, (_, item: unknown) => sorted(item))
        expect(stableHash(a) === stableHash(b)).toBe(text(a) === text(b))
      }),
      { numRuns: 2_000 },
    )
  })

  test('differs for values that other hashes confuse', () => {
    const values = [
      1,
      '1',
      1n,
      true,
      'true',
      null,
      'null',
      undefined,
      'undefined',
      NaN,
      'NaN',
      Infinity,
      -Infinity,
      0,
      0n,
      '',
      false,
      [],
      {},
      new Map(),
      new Set(),
      Buffer.alloc(0),
      [[]],
      [{}],
      [null],
      [undefined],
      [1, 2],
      [2, 1],
      ['1', '2'],
      ['1,2'],
      ['12'],
      ['1', '2', ''],
      new Set([1, 2]),
      new Map([[1, 2]]),
      new Map([['1', 2]]),
      { 1: 2 },
      { 1: '2' },
      { 12: 3 },
      { 1: 23 },
      new Date(0),
      0.5,
      new Date(0).toISOString(),
      new Date(NaN),
      Buffer.from('a'),
      'a',
      [97],
      new Float32Array([1]),
      new Uint16Array([1]),
      new Uint8Array([1, 0]),
      new DataView(new ArrayBuffer(2)),
      { a: null },
      { a: { b: 1 } },
      { 'a.b': 1 },
      { a: 1, b: 2 },
      [
        ['a', 1],
        ['b', 2],
      ],
      new Map<string, number>([
        ['a', 1],
        ['b', 2],
      ]),
      { toJSON: 1 },
      '\ud800',
      '\udc00',
      '\ufffd',
      '%',
      ';',
      'd1;',
      '"1:1',
      { '': 1 },
      { __proto__: null, x: 1 },
      JSON.parse('{"__proto__":1}') as unknown,
    ]
    expect(new Set(values.map(stableHash)).size).toBe(values.length)
  })

  test('is the same for a property that is undefined and one that is absent', () => {
    expect(stableHash({ a: undefined, b: 1 })).toBe(stableHash({ b: 1 }))
    expect(stableHash({ a: { b: undefined } })).toBe(stableHash({ a: {} }))
    expect(stableHash(new Map([['a', undefined]]))).not.toBe(stableHash(new Map()))
  })

  test('is the same for 0 and -0, a Buffer and a Uint8Array, holes and undefined, plain objects of any realm', () => {
    expect(stableHash(-0)).toBe(stableHash(0))
    expect(stableHash(new Uint8Array([1, 2]))).toBe(stableHash(Buffer.from([1, 2])))
    expect(stableHash(new Uint8Array([1, 2]).buffer)).toBe(stableHash(Buffer.from([1, 2])))
    expect(stableHash(new Array(2))).toBe(stableHash([undefined, undefined]))
    expect(stableHash(Object.assign(Object.create(null), { a: 1 }))).toBe(stableHash({ a: 1 }))
    expect(stableHash(runInNewContext('({ a: [1, new Date(0), new Map([[1, 2]])] })'))).toBe(
      stableHash({ a: [1, new Date(0), new Map([[1, 2]])] }),
    )
  })

  test('takes an instance of a class by its toJSON, and not as that value itself', () => {
    class Money {
      readonly cents: number
      constructor(cents: number) {
        this.cents = cents
      }
      toJSON(): string {
        return `${this.cents}`
      }
    }
    expect(stableHash({ price: new Money(5) })).toBe(stableHash({ price: new Money(5) }))
    expect(stableHash(new Money(5))).not.toBe(stableHash(new Money(6)))
    expect(stableHash(new Money(5))).not.toBe(stableHash('5'))
    expect(stableHash(new URL('http://a/b'))).not.toBe(stableHash(new URL('http://a/c')))
  })

  test('the same object may appear twice, only not inside itself', () => {
    const shared = { x: 1 }
    expect(stableHash([shared, shared])).toBe(stableHash([{ x: 1 }, { x: 1 }]))
  })

  test('refuses what is not data', () => {
    const cycle: { self?: unknown } = {}
    cycle.self = { deeper: [cycle] }
    const map = new Map()
    map.set('me', map)
    let deep: unknown = 1
    for (let level = 0; level < 1_001; level++) deep = [deep]
    const wrong: unknown[] = [
      () => 1,
      Symbol('x'),
      cycle,
      map,
      deep,
      /x/,
      new Error('x'),
      Promise.resolve(1),
      new WeakMap(),
      new (class A {})(),
      new String('x'),
      { nested: [() => 1] },
      { toJSON: () => Symbol('x') },
    ]
    for (const value of wrong) expect(() => stableHash(value)).toThrow(TypeError)
  })

  test('canonical text of one value never begins that of another, so lists of values cannot be split in two ways', () => {
    const value = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, maxDepth: 2 })
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [first, second] = [canonicalText(a), canonicalText(b)]
        expect(first === second || !second.startsWith(first)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})

function sorted(item: unknown): unknown {
  if (Object.is(item, -0)) return 0
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return item
  return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
}
