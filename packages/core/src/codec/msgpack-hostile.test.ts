import fc from 'fast-check'
import * as shared from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { DecodeError } from '../errors/decode-error.ts'
import { msgpackCodec } from './msgpack-codec.ts'

const { encode, decode } = msgpackCodec

const rows = Array.from({ length: 4 }, (_, id) => ({ id, name: 'Zoë 😀', tags: ['a'], at: new Date(id) }))
const everything = {
  map: new Map([['a', 1]]),
  set: new Set([1, 'x']),
  bigints: [1n, 2n ** 64n, -(2n ** 100n)],
  bytes: [Buffer.from('hi'), new Float64Array([0.1])],
  rest: [-0, 0.1, NaN, '\ud800', null, undefined, true],
  error: new TypeError('x', { cause: 1 }),
  same: [rows, rows],
  __keys__: 'dictionary',
}

describe('the msgpack codec, given bytes that it did not write,', () => {
  test('throws a DecodeError with the cause for every truncation', () => {
    for (const original of [rows, everything, 'text', new TypeError('x')]) {
      const bytes = encode(original)
      for (let length = 0; length < bytes.length; length++)
        expect(() => decode(bytes.subarray(0, length)), `${length}`).toThrow(DecodeError)
    }
    try {
      decode(new Uint8Array(0))
      expect.unreachable()
    } catch (error) {
      expect((error as DecodeError).code).toBe('ERR_LARDER_DECODE')
      expect((error as DecodeError).cause).toBeInstanceOf(Error)
    }
  })

  test('refuses bytes after the value, without quoting the value', () => {
    const bytes = Buffer.concat([encode({ password: 'hunter2' }), Buffer.from([0])])
    try {
      decode(bytes)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(DecodeError)
      expect(`${String(error)} ${String((error as Error).cause)}`).not.toContain('hunter2')
    }
  })

  test('either decodes data or throws a DecodeError, for random bytes and flipped bits', () => {
    const attempt = (bytes: Uint8Array): void => {
      try {
        expectData(decode(bytes))
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), attempt), { numRuns: 5_000 })
    const heads = [
      [0xd4, 0x4c, 0],
      [0xd4, 0x65, 0],
      [0xd6, 0x69, 0, 0, 0, 1],
      [0xd4, 0x72, 0x40],
      [0xd5, 0x72, 0x40, 0],
      [0xc7],
      [0x93, 0xc1],
      [0xd6, 0x62],
    ]
    fc.assert(
      fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 60 }), (head, tail) =>
        attempt(Uint8Array.from([...head, ...tail])),
      ),
      { numRuns: 10_000 },
    )
    for (const original of [rows, everything, [new TypeError('x', { cause: 1 })]]) {
      const bytes = encode(original)
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = bytes.slice()
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
        attempt(flipped)
      }
    }
  })

  test('is not brought down by lengths and depths that are not there', () => {
    const bombs = [
      [0xdd, 0xff, 0xff, 0xff, 0xff],
      [0xdf, 0x00, 0xff, 0xff, 0xff],
      [0xdb, 0xff, 0xff, 0xff, 0xff],
      [0xc6, 0xff, 0xff, 0xff, 0xff],
      [0xc9, 0xff, 0xff, 0xff, 0xff, 0x42],
    ]
    for (const bomb of bombs) expect(() => decode(Uint8Array.from(bomb))).toThrow(DecodeError)
    for (const token of [
      [0x91],
      [0x81, 0x01],
      [0xd4, 0x73, 0x00],
      [0xd6, 0x69, 0, 0, 0, 1],
      [0xd4, 0x4c, 0],
      [0xd4, 0x72, 0x40],
    ]) {
      const deep = Buffer.alloc(token.length * 200_000, Buffer.from(token))
      expect(() => decode(deep), token.join()).toThrow(DecodeError)
    }
  })

  test('makes nothing but data: no expressions, no shared objects, no Errors of msgpackr’s making', () => {
    const rich = new shared.Packr({ moreTypes: true, structuredClone: true, useRecords: false })
    for (const hostile of [
      rich.pack(/(a+)+$/),
      rich.pack({ r: /x/ }),
      rich.pack(new Error('x')),
      Buffer.from([0xc1]),
      Buffer.from([0x92, 0xc1, 1]),
    ]) {
      expect(() => decode(hostile)).toThrow(DecodeError)
    }
    const bundled = new shared.Packr({ bundleStrings: true }).pack(['some text', 'some other text'])
    expect(() => decode(bundled)).toThrow(DecodeError)
  })

  test('never changes Object.prototype', () => {
    const names = [...encode('__proto__')]
    const polluted = [
      [0xd4, 0x72, 0x40, 0x91, ...names, 0xd4, 0x72, 0x41, 0x91, ...encode('polluted'), 0xc3],
      [0xd4, 0x4c, 0x00, 0x92, 2, 0x92, ...names, 0x90],
      [0xd6, 0x69, 0, 0, 0, 1, 0xd4, 0x4c, 0x00, 0x92, 2, 0x94, ...names, 0x90, ...encode('x'), 0xd6, 0x70, 0, 0, 0, 1],
    ]
    for (const bytes of polluted) {
      try {
        expectData(decode(Uint8Array.from(bytes)))
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    }
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('does not keep what one message defined for the next', () => {
    decode(encode([{ secret: 1 }]))
    expect(decode(Uint8Array.from([0x92, 0x40, 0x01]))).toStrictEqual([0x40, 1])
  })
})

function expectData(value: unknown, seen = new Set<unknown>()): void {
  expect(['function', 'symbol']).not.toContain(typeof value)
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  const allowed = [Object, Array, Map, Set, Date, Buffer, ArrayBuffer, DataView].map(
    (constructor): unknown => constructor.prototype,
  )
  const prototype: unknown = Object.getPrototypeOf(value)
  expect(allowed.includes(prototype) || ArrayBuffer.isView(value) || value instanceof Error).toBe(true)
  if (ArrayBuffer.isView(value)) return
  if (value instanceof Map || value instanceof Set) for (const item of [...value].flat()) expectData(item, seen)
  for (const item of Object.values(value)) expectData(item, seen)
}
