import assert from 'node:assert/strict'
import type { Codec } from '@larder/core/contracts'
import { SeededRandom } from '../../seeded-random.ts'
import type { ContractCase } from '../contract-case.ts'
import type { CodecHarness } from './codec-harness.ts'

const sample = { a: 1, list: [1, 'two', { three: null }], text: 'some text that is longer', last: [true] }

function isDecodeError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_LARDER_DECODE'
}

/** Whatever the bytes are, decode answers a value or throws a `DecodeError`. */
function decodesOrRefuses(harness: CodecHarness, bytes: Uint8Array, what: string): void {
  try {
    harness.codec.decode(bytes)
  } catch (error) {
    assert.ok(isDecodeError(error), `${what}: ${String(error)}`)
  }
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined, `${what} changed Object.prototype`)
}

/** Bytes that the codec did not write. */
export const malformedCases: readonly ContractCase<CodecHarness>[] = [
  {
    name: 'no bytes at all are a DecodeError',
    async run({ codec }) {
      assert.throws(() => codec.decode(new Uint8Array()), isDecodeError)
    },
  },
  {
    name: 'bytes cut short anywhere are a DecodeError',
    async run({ codec }) {
      const bytes = codec.encode(sample)
      for (let length = 0; length < bytes.length; length++) {
        assert.throws(
          () => codec.decode(bytes.subarray(0, length)),
          isDecodeError,
          `cut to ${length} of ${bytes.length} bytes`,
        )
      }
    },
  },
  {
    name: 'bytes with something behind the value are a DecodeError',
    async run({ codec }) {
      const bytes = codec.encode(sample)
      assert.throws(() => codec.decode(Uint8Array.from([...bytes, 0x7d])), isDecodeError)
      assert.throws(() => codec.decode(Uint8Array.from([...bytes, ...bytes])), isDecodeError)
    },
  },
  {
    name: 'one byte changed anywhere gives a value or a DecodeError, nothing else',
    async run(harness) {
      const bytes = harness.codec.encode(sample)
      for (let i = 0; i < bytes.length; i++) {
        for (const byte of [0x00, 0x7f, 0x80, 0xc1, 0xc7, 0xd4, 0xdd, 0xdf, 0xff]) {
          const changed = Uint8Array.from(bytes)
          changed[i] = byte
          decodesOrRefuses(harness, changed, `byte ${i} set to ${byte}`)
        }
      }
    },
  },
  {
    name: 'random bytes give a value or a DecodeError, nothing else',
    async run(harness) {
      const random = new SeededRandom(20_261_120)
      for (let round = 0; round < 5_000; round++) {
        const bytes = Uint8Array.from({ length: random.word() % 60 }, () => random.word())
        decodesOrRefuses(harness, bytes, `[${[...bytes].join()}]`)
      }
    },
  },
  {
    name: 'bytes that promise more than they hold, or nest without end, are a DecodeError in good time',
    async run({ codec }) {
      const bombs: readonly (readonly number[])[] = [
        [0xdd, 0xff, 0xff, 0xff, 0xff],
        [0xdf, 0xff, 0xff, 0xff, 0xff],
        [0xc6, 0xff, 0xff, 0xff, 0xff],
        [0xdb, 0xff, 0xff, 0xff, 0xff],
        [0xc9, 0xff, 0xff, 0xff, 0xff, 0x42],
        Array.from({ length: 200_000 }, () => 0x91),
        Array.from({ length: 200_000 }, () => 0x5b),
        [...Array.from({ length: 100_000 }, () => 0x5b), ...Array.from({ length: 100_000 }, () => 0x7d)],
      ]
      for (const bomb of bombs) {
        assert.throws(
          () => codec.decode(Uint8Array.from(bomb)),
          isDecodeError,
          `${bomb.length} bytes: ${bomb.slice(0, 5).join()}`,
        )
      }
    },
  },
  {
    name: 'a key named __proto__ is refused, or carried without becoming a prototype',
    async run({ codec }) {
      const text = '{"a":1,"__proto__":{"polluted":true},"nested":{"__proto__":{"polluted":true}}}'
      const decoded = carriedOrRefused(codec, JSON.parse(text))
      for (const object of [decoded, decoded?.['nested']]) {
        if (object === undefined) continue
        assert.equal(Object.getPrototypeOf(object), Object.prototype)
        assert.equal((object as Record<string, unknown>)['polluted'], undefined)
      }
      assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
    },
  },
  {
    name: 'a key named constructor is refused, or carried like any other',
    async run({ codec }) {
      const value = { constructor: { prototype: { polluted: true } }, a: 1 }
      assert.deepEqual(carriedOrRefused(codec, value) ?? value, value)
      assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
    },
  },
]

/** The value after a round trip, or `undefined` if the codec refuses it. */
function carriedOrRefused(codec: Codec, value: unknown): Readonly<Record<string, unknown>> | undefined {
  let bytes: Uint8Array
  try {
    bytes = codec.encode(value)
  } catch {
    return undefined
  }
  return codec.decode(bytes) as Readonly<Record<string, unknown>>
}
