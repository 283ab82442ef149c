import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { msgpackCodec } from './msgpack-codec.ts'

const { encode, decode } = msgpackCodec
const roundTrip = (value: unknown): unknown => decode(encode(value))

describe('the msgpack codec makes', () => {
  test('plain objects of instances of classes, and what toJSON returns of those that have it', () => {
    class Point {
      readonly x = 1
      readonly #hidden = 2
      get sum(): number {
        return this.x + this.#hidden
      }
    }
    expect(roundTrip([new Point(), new URL('http://a/b')])).toStrictEqual([{ x: 1 }, 'http://a/b'])
    expect(roundTrip({ price: { toJSON: () => ({ cents: 5n }) } })).toStrictEqual({ price: { cents: 5n } })
    expect(roundTrip(Object.assign(Object.create({ inherited: 1 }) as object, { own: 1 }))).toStrictEqual({ own: 1 })
    expect(roundTrip(Object.assign(Object.create(null) as object, { a: 1 }))).toStrictEqual({ a: 1 })
  })

  test('of subclasses, and of objects from another realm, their plain kind', () => {
    class Names extends Map<string, number> {}
    class List extends Array<number> {}
    class Group extends Set<number> {}
    class Moment extends Date {}
    const subclasses = [new Names([['a', 1]]), List.from([1, 2]), new Group([1]), new Moment(5)]
    expect(roundTrip(subclasses)).toStrictEqual([new Map([['a', 1]]), [1, 2], new Set([1]), new Date(5)])
    const foreign: unknown = runInNewContext(
      '({ map: new Map([[1, [2]]]), set: new Set([1]), date: new Date(5), list: [{ a: 1 }] })',
    )
    expect(roundTrip(foreign)).toStrictEqual({
      map: new Map([[1, [2]]]),
      set: new Set([1]),
      date: new Date(5),
      list: [{ a: 1 }],
    })
  })

  test('undefined of the holes of an array', () => {
    expect(roundTrip([1, , 3])).toStrictEqual([1, undefined, 3])
  })

  test('bytes of its own, however large the value before or after', () => {
    const first = encode({ a: 'first' })
    const copy = first.slice()
    expect(first.buffer.byteLength).toBe(first.length)
    expect(Buffer.isBuffer(first)).toBe(false)
    encode('x'.repeat(3_000_000))
    encode({ b: 'second' })
    expect(first).toStrictEqual(copy)
  })

  test('no lasting use of the memory that a large value took', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    collect()
    const before = process.memoryUsage().arrayBuffers
    encode('x'.repeat(20_000_000))
    encode(1)
    // Buffers are freed behind the first collection, and counted at the second.
    collect()
    collect()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000)
  })
})

describe('the msgpack codec refuses', () => {
  test.each<[unknown, RegExp]>([
    [() => 1, /^a function cannot be cached$/],
    [{ user: { save: () => 1 } }, /^a function cannot be cached; it is at \.user\.save$/],
    [[1, Symbol('x')], /^a symbol cannot be cached; it is at \[1\]$/],
    [{ list: [Promise.resolve(1)] }, /^\[object Promise\] cannot be cached; it is at \.list\[0\]$/],
    [new WeakMap(), /WeakMap/],
    [new WeakSet(), /WeakSet/],
    [new WeakRef({}), /WeakRef/],
    [/x/, /RegExp/],
    [new String('x'), /String/],
    [new SharedArrayBuffer(1), /SharedArrayBuffer/],
    [new (class Bytes extends Uint8Array {})(1), /Uint8Array/],
    [new Map([['k', new Map([[() => 1, 1]])]]), /at \.\(value\)\.\(key\)$/],
    [JSON.parse('{"a":{"__proto__":1}}'), /^a property named __proto__ cannot be cached; it is at \.a$/],
  ])('%o, and says where it is', (wrong, message) => {
    expect(() => encode(wrong)).toThrow(TypeError)
    expect(() => encode(wrong)).toThrow(message)
  })

  test('more than 1,000 levels, however they are built', () => {
    const nest = (levels: number, wrap: (inner: unknown) => unknown): unknown => {
      let nested: unknown = 1
      for (let level = 0; level < levels; level++) nested = wrap(nested)
      return nested
    }
    for (const wrap of [
      (inner: unknown) => [inner],
      (inner: unknown) => ({ inner }),
      (inner: unknown) => new Map([[1, inner]]),
    ]) {
      expect(roundTrip(nest(1_000, wrap))).toBeDefined()
      expect(() => encode(nest(1_001, wrap))).toThrow(/^data nested deeper than 1000 levels cannot be cached/)
      expect(() => encode(nest(100_000, wrap))).toThrow(TypeError)
    }
    const endless = { toJSON: (): unknown => ({ again: endless }) }
    expect(() => encode(endless)).toThrow(TypeError)
  })

  test('an Error that contains itself', () => {
    const error: Error & { self?: unknown } = new Error('x')
    error.self = { deeper: [error] }
    expect(() => encode(error)).toThrow('an Error that contains itself cannot be cached')
  })

  test('and still works after encodes that ran out of stack, wherever that happened', () => {
    const records = Array.from({ length: 20 }, (_, index) => ({ [`a${index}`]: { b: [{ c: index, d: { e: 1 } }] } }))
    let attempts = 400
    const overflow = (): void => {
      try {
        overflow()
      } catch {
        if (attempts-- <= 0) return
        try {
          encode(records)
        } catch {
          // expected
        }
        throw new RangeError('unwind one frame')
      }
    }
    overflow()
    expect(roundTrip(records)).toStrictEqual(records)
    expect(roundTrip([...records].reverse())).toStrictEqual([...records].reverse())
  })

  test('and still works after an encode that failed in the middle', () => {
    const broken = {
      a: { b: 1, c: 2 },
      get late(): never {
        throw new Error('getter')
      },
    }
    for (let run = 0; run < 3; run++) {
      expect(() => encode([{ b: 1, c: 2 }, broken])).toThrow('getter')
      expect(roundTrip([{ b: 1, c: 2 }, { a: 1 }])).toStrictEqual([{ b: 1, c: 2 }, { a: 1 }])
    }
  })
})
