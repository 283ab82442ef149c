import { readFileSync } from 'node:fs'
import * as shared from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { DecodeError } from '../errors/decode-error.ts'
import { msgpackCodec } from './msgpack-codec.ts'

const { encode, decode } = msgpackCodec
const roundTrip = (value: unknown): unknown => decode(encode(value))

const rows = [
  { id: 1, name: 'Ada', active: true, score: 1.5, tags: ['a'] },
  { id: 2, name: 'Zoë 😀', active: false, score: -3, tags: [] },
  { id: 70_000, name: 'x'.repeat(40), active: null, score: 100, tags: ['b', 'c'] },
]
const everything = {
  map: new Map<unknown, unknown>([['a', 1], [2, new Map()]]), // prettier-ignore
  set: new Set([1, 'x']),
  dates: [new Date(0), new Date(1.7e12 + 1), new Date(-1)],
  bigints: [1n, -1n, 2n ** 64n, -(2n ** 100n)],
  bytes: [Buffer.from('hi'), new Uint8Array([1]), new Float32Array([0.5]), new Float64Array([0.1])],
  numbers: [-0, 0, NaN, Infinity, 0.1, -129, 2 ** 33],
  text: ['', '\ud800', 'é'],
  nothing: [null, undefined],
  __keys__: 'dictionary',
}

describe('messages of the msgpack codec', () => {
  test('explain themselves: each can be read alone, in any order', () => {
    const records = Array.from({ length: 300 }, (_, index) => ({
      [`a${index % 70}`]: index,
      [`b${index % 90}`]: { [`c${index}`]: 1 },
    }))
    const messages = records.map((record) => encode([record, record, ...records.slice(0, 100)]))
    for (const index of [299, 0, 150, 17]) {
      expect(decode(messages[index] as Uint8Array)).toStrictEqual([
        records[index],
        records[index],
        ...records.slice(0, 100),
      ])
    }
  })

  test('are not spoiled by names that msgpackr uses itself', () => {
    for (const poison of [{ __keys__: 1 }, { a: 1, __keys__: { b: 1 } }, { a: 1, b: 2, __keys__: [] }]) {
      expect(roundTrip(poison)).toStrictEqual(poison)
      for (const later of [{}, { a: 1 }, { a: 1, b: 2 }, [{}, {}]]) expect(roundTrip(later)).toStrictEqual(later)
    }
  })

  test('do not depend on extensions that the application registers with msgpackr', () => {
    class Id {
      readonly text: string
      constructor(text: string) {
        this.text = text
      }
    }
    shared.addExtension({ Class: Id, type: 0x11, write: (id: Id) => id.text, read: (text: string) => new Id(text) })
    shared.addExtension({ Class: Set, type: 0x12, write: () => 'hijacked', read: () => 'hijacked' })
    expect(roundTrip({ id: new Id('x'), set: new Set([1]) })).toStrictEqual({ id: { text: 'x' }, set: new Set([1]) })
    expect(() => decode(shared.pack(new Id('x')))).toThrow(DecodeError)
  })

  test('leave the extensions of the application alone', () => {
    expect(shared.unpack(new shared.Packr({ moreTypes: true }).pack(/x/g))).toStrictEqual(/x/g)
  })

  test('golden payloads decode for ever', () => {
    const golden = (file: string): Buffer =>
      Buffer.from(readFileSync(new URL(`golden/${file}.hex`, import.meta.url), 'ascii').replace(/\s/g, ''), 'hex')
    expect(decode(golden('msgpack-rows'))).toStrictEqual(rows)
    expect(decode(golden('msgpack-everything'))).toStrictEqual(everything)
    const error = decode(golden('msgpack-error')) as TypeError
    expect(error).toMatchObject({ name: 'TypeError', message: 'no', code: 'E_NO', cause: 'why' })
    const cycle = decode(golden('msgpack-cycle')) as { self: unknown }
    expect(cycle.self).toBe(cycle)
    // An upgrade of msgpackr that writes other bytes should be noticed, even if it still reads these.
    expect(Buffer.from(encode(rows))).toStrictEqual(golden('msgpack-rows'))
    expect(Buffer.from(encode(everything))).toStrictEqual(golden('msgpack-everything'))
  })
})
