import type { CodecManifest } from './codec-harness.ts'

/** A value to carry. */
export interface Sample {
  /** With an article or in the plural: it completes a sentence. */
  readonly name: string
  /** What a codec needs for it; absent for what every codec carries. */
  readonly needs?: keyof CodecManifest
  /** A new one on every call. */
  make(): unknown
}

function nested(depth: number): unknown {
  let value: unknown = 'bottom'
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { in: value }
  return value
}

const plain: readonly Sample[] = [
  { name: 'null', make: () => null },
  { name: 'true and false', make: () => [true, false] },
  { name: 'an empty string', make: () => '' },
  { name: 'an empty array', make: () => [] },
  { name: 'an empty object', make: () => ({}) },
  { name: 'empty things inside of others', make: () => ({ a: [], b: {}, c: '', d: [[], {}, ''] }) },
  { name: 'zero', make: () => 0 },
  {
    name: 'integers around every power of two',
    make: () =>
      Array.from({ length: 53 }, (_, i) => [2 ** i - 1, 2 ** i, -(2 ** i) - 1, -(2 ** i)]).map((row) =>
        row.map((n) => n + 0),
      ),
  },
  { name: 'the safe integers at both ends', make: () => [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER] },
  { name: 'fractions', make: () => [0.1, -0.1, 1 / 3, Math.PI, 1e-7, 123456.789, 5e-324, 1.7976931348623157e308] },
  {
    name: 'text of every script',
    make: () => ['äöü', 'Ω', '漢字', 'e\u0301', '\u{1f980}', '\u2028\u2029', 'a\0b', '"\\\n\r\t', '\ufeff'],
  },
  {
    name: 'an object with odd keys',
    make: () => ({ '': 1, ' ': 2, 'a.b': 3, 0: 4, '01': 5, '\u{1f980}': 6, constructor: 7, toString: 8, length: 9 }),
  },
  {
    name: 'an object whose keys are those of prototypes',
    make: () => ({ constructor: 1, prototype: { x: 1 }, hasOwnProperty: 1, valueOf: null, then: 2, toJSON: 'text' }),
  },
  {
    name: 'an array of objects of one shape',
    make: () => Array.from({ length: 100 }, (_, id) => ({ id, name: `n${id}`, on: id % 2 === 0 })),
  },
  {
    name: 'objects of a hundred shapes',
    make: () => Array.from({ length: 100 }, (_, i) => ({ [`a${i}`]: 1, [`b${i}`]: { [`c${i}`]: 2 } })),
  },
  {
    name: 'an object with ten thousand keys',
    make: () => Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key${i}`, i])),
  },
  { name: 'an array of a hundred thousand numbers', make: () => Array.from({ length: 100_000 }, (_, i) => i * 1.5) },
  { name: 'a string of a megabyte', make: () => 'aé漢\u{1f980}'.repeat(100_000) },
  { name: 'five hundred levels of arrays and objects', make: () => nested(500) },
]

const rich: readonly Sample[] = [
  { name: 'undefined', needs: 'undefineds', make: () => undefined },
  {
    name: 'undefined inside an array and an object',
    needs: 'undefineds',
    make: () => ({ a: undefined, b: [1, undefined, 2] }),
  },
  { name: 'NaN and the infinities', needs: 'specialNumbers', make: () => [NaN, Infinity, -Infinity] },
  { name: 'minus zero', needs: 'minusZero', make: () => ({ zero: -0 }) },
  { name: 'small bigints', needs: 'bigints', make: () => [0n, 1n, -1n, 127n, 128n, 255n, 256n] },
  {
    name: 'bigints around 64 bits',
    needs: 'bigints',
    make: () => [2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, -(2n ** 63n), -(2n ** 63n) - 1n],
  },
  {
    name: 'bigints of a thousand digits',
    needs: 'bigints',
    make: () => [10n ** 1000n + 7n, -(10n ** 1000n) - 7n, 2n ** 4096n],
  },
  { name: 'a Date', needs: 'dates', make: () => new Date('2026-11-20T12:34:56.789Z') },
  {
    name: 'dates far away',
    needs: 'dates',
    make: () => [new Date(0), new Date(-1), new Date(8.64e15), new Date(-8.64e15), new Date(2 ** 32 * 1000)],
  },
  { name: 'a Date that is invalid', needs: 'dates', make: () => new Date(NaN) },
  {
    name: 'a Map',
    needs: 'maps',
    make: () =>
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
  },
  {
    name: 'a Map with keys of several types',
    needs: 'maps',
    make: () =>
      new Map<unknown, unknown>([
        [1, 'n'],
        ['1', 's'],
        [true, null],
        [null, []],
      ]),
  },
  { name: 'an empty Map inside an object', needs: 'maps', make: () => ({ map: new Map() }) },
  { name: 'Maps inside of Maps', needs: 'maps', make: () => new Map([['outer', new Map([['inner', { x: 1 }]])]]) },
  { name: 'a Set', needs: 'sets', make: () => new Set([1, 'a', null, true]) },
  { name: 'an empty Set inside an array', needs: 'sets', make: () => [new Set()] },
  { name: 'a Uint8Array', needs: 'bytes', make: () => Uint8Array.from({ length: 256 }, (_, i) => i) },
  { name: 'an empty Uint8Array', needs: 'bytes', make: () => ({ bytes: new Uint8Array() }) },
  { name: 'a Uint8Array of a megabyte', needs: 'bytes', make: () => new Uint8Array(2 ** 20).fill(7) },
  {
    name: 'a Uint8Array that is a view into a larger buffer',
    needs: 'bytes',
    make: () => Uint8Array.from([9, 9, 1, 2, 3, 9]).subarray(2, 5),
  },
  {
    name: 'typed arrays of every kind',
    needs: 'typedArrays',
    make: () => [
      Int8Array.of(-128, 127),
      Uint8ClampedArray.of(0, 255),
      Int16Array.of(-32768, 32767),
      Uint16Array.of(0, 65535),
      Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
      Uint32Array.of(0, 2 ** 32 - 1),
      Float32Array.of(0.5, -1.25),
      Float64Array.of(Math.PI, -1e300),
      BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
      BigUint64Array.of(0n, 2n ** 64n - 1n),
    ],
  },
  {
    name: 'typed arrays behind text of any length',
    needs: 'typedArrays',
    make: () => ['', 'a', 'ab', 'abc'].map((text) => ({ text, numbers: Float64Array.of(1.5, 2.5) })),
  },
  { name: 'an Error', needs: 'errors', make: () => new Error('it broke') },
  {
    name: 'errors of the built-in classes',
    needs: 'errors',
    make: () => [new TypeError('type'), new RangeError('range'), new SyntaxError('syntax')],
  },
]

/** Values to carry, from the plain to the rich. */
export const samples: readonly Sample[] = [...plain, ...rich]
