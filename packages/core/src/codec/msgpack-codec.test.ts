import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { msgpackCodec } from './msgpack-codec.ts'

const { encode, decode } = msgpackCodec
const roundTrip = (value: unknown): unknown => decode(encode(value))

/** Anything that is to come back as it was, with names and text that are known to be dangerous. */
const name = fc.oneof(
  fc.constantFrom(
    '__keys__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'toJSON',
    'prototype',
    'length',
    'highByte',
    'read',
    '',
    '0',
    'a',
    'b',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
)
const text = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 }).map((units) => String.fromCharCode(...units)),
)
const leaf = fc.oneof(
  text,
  fc.double(),
  fc.integer(),
  fc.constantFrom(
    -0,
    NaN,
    Infinity,
    -Infinity,
    2 ** 53,
    63,
    64,
    127,
    128,
    -32,
    -33,
    2 ** 32,
    undefined,
    null,
    true,
    false,
  ),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.uint8Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.int16Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
  fc.uint8ClampedArray(),
)
const { tree: anyValue } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 8 }),
    fc.dictionary(name, tie('tree'), { maxKeys: 8, noNullPrototype: true }),
    fc
      .uniqueArray(fc.tuple(fc.oneof(text, fc.integer(), fc.bigInt()), tie('tree')), {
        maxLength: 5,
        selector: ([key]) => key,
      })
      .map((entries) => new Map(entries)),
    fc.array(tie('tree'), { maxLength: 5 }).map((items) => new Set(items)),
    fc
      .tuple(name, tie('tree'), tie('tree'))
      .map(([key, a, b]) => [{ [key]: a }, { [key]: b }, { [key]: 1, other: 2 }, {}]),
  ),
}))
/** Objects with a property `__proto__` are refused; they have a test of their own. */
const value = anyValue.filter((candidate) => !hasProto(candidate))

function hasProto(candidate: unknown): boolean {
  if (typeof candidate !== 'object' || candidate === null || ArrayBuffer.isView(candidate)) return false
  if (candidate instanceof Map) return [...candidate].flat().some(hasProto)
  if (candidate instanceof Set) return [...candidate].some(hasProto)
  return Object.hasOwn(candidate, '__proto__') || Object.values(candidate).some(hasProto)
}

describe('the msgpack codec brings back', () => {
  test('any data, as it was', () => {
    fc.assert(
      fc.property(value, (original) => {
        expect(isDeepStrictEqual(roundTrip(original), original)).toBe(true)
      }),
      { numRuns: 3_000 },
    )
  })

  test('numbers, undefined and bigints of any size', () => {
    const big = [
      0n,
      2n ** 63n - 1n,
      2n ** 63n,
      2n ** 64n,
      -(2n ** 63n),
      -(2n ** 63n) - 1n,
      -(2n ** 64n),
      2n ** 4_096n,
      -(2n ** 70_000n) + 12_345n,
      2n ** 524_288n,
    ]
    const original = [
      ...big,
      -0,
      0,
      NaN,
      Infinity,
      -Infinity,
      Number.MAX_SAFE_INTEGER,
      2 ** 60,
      5e-324,
      0.1,
      undefined,
      null,
      true,
    ]
    expect(roundTrip(original)).toStrictEqual(original)
    expect(Object.is(roundTrip(-0), -0)).toBe(true)
    expect(roundTrip({ a: undefined })).toStrictEqual({ a: undefined })
    expect(roundTrip(undefined)).toBeUndefined()
  })

  test('text with lone surrogates, in values, names, Map keys and Set members', () => {
    const original = {
      cut: 'summary \ud83d',
      'na\udc00me': [1],
      map: new Map([['\ud800', '\udfff\ud800']]),
      set: new Set(['\ud800x']),
      fine: '😀',
    }
    expect(roundTrip(original)).toStrictEqual(original)
  })

  test('Dates of the whole range, also invalid ones', () => {
    const original = [0, -1, 1, 999, -999, 1e12, 4_294_967_295_999, 4_294_967_296_000, 8.64e15, -8.64e15, NaN].map(
      (ms) => new Date(ms),
    )
    expect((roundTrip(original) as Date[]).map((date) => date.getTime())).toStrictEqual(
      original.map((date) => date.getTime()),
    )
  })

  test('buffers and views of every kind, as copies of their own', () => {
    const memory = new Uint8Array(64).map((_, index) => index).buffer
    const original = [
      Buffer.from('hello'), new Uint8Array(memory, 3, 5), new Uint8ClampedArray(memory, 1, 2), new Int8Array([-1]), new Uint16Array(memory, 2, 3),
      new Int16Array([-300]), new Uint32Array(memory, 4, 2), new Int32Array([-70_000]), new Float32Array([1.5, NaN, -0]), new Float64Array(memory, 8, 2),
      new BigUint64Array([2n ** 64n - 1n]), new BigInt64Array([-1n]), new DataView(memory, 5, 3), memory.slice(0, 3), new Uint8Array(0), new Uint8Array(70_000),
    ] // prettier-ignore
    expect(roundTrip(original)).toStrictEqual(original)
    const source = encode(Buffer.from('abc'))
    const first = decode(source) as Buffer
    first[0] = 0
    expect(decode(source)).toStrictEqual(Buffer.from('abc'))
  })

  test('plain objects as plain objects and Maps as Maps', () => {
    const original = { object: { a: 1 }, map: new Map<unknown, unknown>([['a', 1], [1, 'a'], [{ x: 1 }, [2]]]), empty: {}, emptyMap: new Map() } // prettier-ignore
    const back = roundTrip(original) as typeof original
    expect(back).toStrictEqual(original)
    expect(back.map).toBeInstanceOf(Map)
    expect(Object.getPrototypeOf(back.object)).toBe(Object.prototype)
  })

  test('one object in two places as one object, and cycles as cycles', () => {
    const both = { x: 1 }
    const node: Record<string, unknown> = {
      list: [],
      map: new Map(),
      set: new Set(),
      both: [both, both],
      dictionary: {},
    }
    ;(node['list'] as unknown[]).push(node)
    ;(node['map'] as Map<unknown, unknown>).set('self', node['map']).set(node, 1)
    ;(node['set'] as Set<unknown>).add(node).add(node['set'])
    for (let index = 0; index < 200; index++) (node['dictionary'] as Record<string, unknown>)[`k${index}`] = node
    for (const extra of [1, -0, '\ud800']) {
      const back = roundTrip({ ...node, node, extra }) as Record<string, unknown>
      const inner = back['node'] as typeof back
      const list = inner['list'] as unknown[]
      expect(list[0]).toBe(inner)
      expect((inner['map'] as Map<unknown, unknown>).get('self')).toBe(inner['map'])
      expect((inner['map'] as Map<unknown, unknown>).get(inner)).toBe(1)
      expect((inner['set'] as Set<unknown>).has(inner['set'])).toBe(true)
      expect((inner['dictionary'] as Record<string, unknown>)['k7']).toBe(inner)
      const pair = inner['both'] as unknown[]
      expect(pair[0]).toBe(pair[1])
      expect(back['extra']).toStrictEqual(extra)
    }
  })

  test('a web of references in time that does not explode', () => {
    let web: unknown = ['end']
    for (let level = 0; level < 200; level++) web = [web, web]
    for (const original of [web, [web, -0]]) expect(encode(original).length).toBeLessThan(5_000)
    let back = roundTrip(web) as unknown[]
    for (let level = 0; level < 200; level++) back = back[1] as unknown[]
    expect(back).toStrictEqual(['end'])
  })

  test('Errors with their class, name, cause and properties, and without their stack', () => {
    const cause = new RangeError('inner')
    const original = Object.assign(new TypeError('outer \ud800', { cause }), {
      code: 'E_X',
      detail: { at: new Date(0), self: [cause] },
    })
    const back = roundTrip({ error: original, same: original }) as { error: typeof original; same: unknown }
    expect(back.error).toBeInstanceOf(TypeError)
    expect(back.same).toBe(back.error)
    expect(back.error).toMatchObject({
      name: 'TypeError',
      message: 'outer \ud800',
      code: 'E_X',
      detail: { at: new Date(0) },
    })
    expect(back.error.cause).toBeInstanceOf(RangeError)
    expect(back.error.detail.self[0]).toBe(back.error.cause)
    expect(back.error.stack).toBe('TypeError: outer \ud800')
    expect(Object.keys(back.error)).toEqual(['code', 'detail'])
  })

  test('Errors of other classes as Errors with that name', () => {
    class HttpError extends Error {
      override readonly name = 'HttpError'
      readonly status = 503
    }
    const all = roundTrip([
      new HttpError('down'),
      new AggregateError([new Error('a'), 2], 'many'),
      new DOMException('stop', 'AbortError'),
    ]) as Error[]
    expect(all.map(({ name, message }) => [name, message])).toEqual([
      ['HttpError', 'down'],
      ['AggregateError', 'many'],
      ['AbortError', 'stop'],
    ])
    expect(all.every((error) => error instanceof Error)).toBe(true)
    expect(all[0]).toMatchObject({ status: 503 })
    expect((all[1] as AggregateError).errors).toEqual([new Error('a'), 2])
  })

  test('an Error whose name belongs to something else as an Error', () => {
    for (const name of ['valueOf', 'constructor', '__proto__', 'Function', 'toString']) {
      const error = Object.assign(new Error('x'), { name })
      const back = roundTrip(error) as Error
      expect(back).toBeInstanceOf(Error)
      expect([back.name, back.message]).toEqual([name, 'x'])
    }
  })
})
