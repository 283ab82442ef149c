import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DecodeError } from '../errors/decode-error.ts'
import { jsonCodec } from './json-codec.ts'

const { encode, decode } = jsonCodec
const roundTrip = (value: unknown): unknown => decode(encode(value))
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('the json codec', () => {
  test('brings back any JSON value, also with lone surrogates', () => {
    const plain = (value: unknown): boolean => !JSON.stringify(value).includes('__proto__')
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: 'binary' }).filter(plain),
        fc.array(fc.integer({ max: 0xffff, min: 0 })),
        (value, units) => {
          const original = [value, String.fromCharCode(...units)]
          expect(roundTrip(original)).toEqual(JSON.parse(JSON.stringify(original)))
          expect(roundTrip(original[1])).toBe(original[1])
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('writes JSON that everything can read', () => {
    expect(Buffer.from(encode({ a: [1, 'é', null, true] })).toString()).toBe('{"a":[1,"é",null,true]}')
    const bytes = encode('x')
    expect(bytes.buffer.byteLength).toBe(bytes.length)
  })

  test('changes values only as JSON is known to', () => {
    class Point {
      readonly x = 1
    }
    expect(
      roundTrip({ at: new Date(0), gone: undefined, zero: -0, point: new Point(), url: new URL('http://a/b') }),
    ).toStrictEqual({
      at: '1970-01-01T00:00:00.000Z',
      zero: 0,
      point: { x: 1 },
      url: 'http://a/b',
    })
  })

  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  test.each<[unknown, RegExp]>([
    [undefined, /^undefined cannot be cached as JSON$/],
    [NaN, /^NaN cannot be cached as JSON$/],
    [{ rate: Infinity }, /^Infinity cannot be cached as JSON; it is at \.rate$/],
    [[1n], /^a bigint cannot be cached as JSON; it is at \[0\]$/],
    [[undefined], /^undefined in an array/],
    [new Array(2), /^undefined in an array/],
    [new Map(), /Map/],
    [{ set: new Set() }, /Set.*\.set$/],
    [new Date(NaN), /^an invalid Date/],
    [Buffer.from('x'), /Uint8Array/],
    [new ArrayBuffer(1), /ArrayBuffer/],
    [new Error('x'), /Error/],
    [/x/, /RegExp/],
    [Promise.resolve(1), /Promise/],
    [new Number(1), /Number/],
    [() => 1, /^a function/],
    [{ f: () => 1 }, /^a function cannot be cached as JSON; it is at \.f$/],
    [[Symbol('x')], /^a symbol/],
    [{ toJSON: () => NaN }, /^NaN.*\.toJSON\(\)$/],
    [cycle, /1000 levels, or a cycle/],
    [JSON.parse('{"a":{"__proto__":1}}'), /^a property named __proto__ .*\.a$/],
    [{ constructor: { prototype: {} } }, /^a property named constructor/],
  ])('refuses %o, and says where it is', (value, message) => {
    expect(() => encode(value)).toThrow(TypeError)
    expect(() => encode(value)).toThrow(message)
  })

  test('keeps a property named constructor that is mere data', () => {
    expect(roundTrip({ constructor: 'x', prototype: 1 })).toStrictEqual({ constructor: 'x', prototype: 1 })
  })

  test.each([
    '',
    '{',
    '{"a":1}x',
    '{"password":"hunter2"',
    '\ufeff1',
    '{"__proto__":{"polluted":1}}',
    '[{"\\u005f_proto__":1}]',
    '{"constructor":{"prototype":{"polluted":1}}}',
    '{"c\\u006fnstructor":{"prototype":1}}',
    `${'['.repeat(1_001)}${']'.repeat(1_001)}`,
    `${'['.repeat(500_000)}${']'.repeat(500_000)}`,
    `${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`,
  ])('throws a DecodeError that quotes nothing for %.40j', (text) => {
    try {
      decode(bytesOf(text))
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(DecodeError)
      expect(`${String(error)} ${String((error as Error).cause)}`).not.toMatch(/hunter2|password/)
    }
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  test('takes 1,000 levels both ways', () => {
    let nested: unknown = 1
    for (let level = 0; level < 1_000; level++) nested = [nested]
    expect(roundTrip(nested)).toEqual(nested)
    expect(() => encode([nested])).toThrow(TypeError)
  })

  test('throws a DecodeError for bytes that are not UTF-8, and reads a view in the middle of others', () => {
    expect(() => decode(Uint8Array.from([0x22, 0xff, 0x22]))).toThrow(DecodeError)
    expect(decode(bytesOf('xx"a"xx').subarray(2, 5))).toBe('a')
  })

  test('either decodes JSON or throws a DecodeError, for random bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.string().map(bytesOf), fc.json().map(bytesOf)), (bytes) => {
        try {
          JSON.stringify(decode(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
