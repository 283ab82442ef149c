import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import { sameBytes } from '../same-bytes.ts'
import type { CodecHarness } from './codec-harness.ts'

const value = (): { a: number; list: unknown[]; text: string } => ({
  a: 1,
  list: [1, { b: [2, 3] }],
  text: 'some text',
})

/** Whose bytes and values they are. */
export const byteCases: readonly ContractCase<CodecHarness>[] = [
  {
    name: 'a codec has a name, and an id from 1 to 255',
    async run({ codec }) {
      assert.ok(codec.name.length > 0)
      assert.ok(Number.isInteger(codec.id) && codec.id >= 1 && codec.id <= 255, `its id is ${codec.id}`)
    },
  },
  {
    name: 'encoded bytes are their own: a later encode does not change them',
    async run({ codec }) {
      const bytes = codec.encode(value())
      const copy = Uint8Array.from(bytes)
      for (let i = 0; i < 200; i++) codec.encode({ other: 'x'.repeat(i) })
      sameBytes(bytes, copy)
    },
  },
  {
    name: 'encoded bytes are their own: they share no buffer with those of another value',
    async run({ codec }) {
      const [one, two] = [codec.encode(value()), codec.encode(value())]
      assert.notEqual(one.buffer, two.buffer)
      const copy = Uint8Array.from(two)
      new Uint8Array(one.buffer).fill(0)
      sameBytes(two, copy)
      assert.deepEqual(codec.decode(codec.encode(value())), value())
    },
  },
  {
    name: 'encoding changes nothing in the value, and takes frozen ones',
    async run({ codec }) {
      const frozen = Object.freeze({
        ...value(),
        list: Object.freeze([1, Object.freeze({ b: Object.freeze([2, 3]) })]),
      })
      assert.deepEqual(codec.decode(codec.encode(frozen)), value())
      assert.deepEqual(frozen, value())
    },
  },
  {
    name: 'decoding changes nothing in the bytes',
    async run({ codec }) {
      const bytes = codec.encode(value())
      const copy = Uint8Array.from(bytes)
      codec.decode(bytes)
      sameBytes(bytes, copy)
    },
  },
  {
    name: 'every decode gives a new value',
    async run({ codec }) {
      const bytes = codec.encode(value())
      const one = codec.decode(bytes) as ReturnType<typeof value>
      one.a = 99
      one.list.push('more')
      assert.deepEqual(codec.decode(bytes), value())
    },
  },
  {
    name: 'a decoded Uint8Array shares no memory with the bytes',
    requires: (manifest) => manifest.bytes === true || 'bytes',
    async run({ codec }) {
      const bytes = codec.encode({ raw: Uint8Array.of(1, 2, 3) })
      const one = codec.decode(bytes) as { raw: Uint8Array }
      one.raw.fill(0xff)
      assert.deepEqual(codec.decode(bytes), { raw: Uint8Array.of(1, 2, 3) })
      const two = codec.decode(bytes) as { raw: Uint8Array }
      bytes.fill(0)
      assert.deepEqual(two, { raw: Uint8Array.of(1, 2, 3) })
    },
  },
  {
    name: 'bytes that are a view into a larger buffer can be decoded, at any offset',
    async run({ codec, manifest }) {
      const full = manifest.typedArrays === true ? { ...value(), numbers: Float64Array.of(1, 2) } : value()
      const bytes = codec.encode(full)
      for (let offset = 0; offset < 9; offset++) {
        const pool = new Uint8Array(bytes.length + 32).fill(0xee)
        pool.set(bytes, offset)
        assert.deepEqual(codec.decode(pool.subarray(offset, offset + bytes.length)), full)
      }
    },
  },
]
