import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import type { CodecHarness } from './codec-harness.ts'
import type { Sample } from './samples.ts'
import { samples } from './samples.ts'
import { sameValue } from './same-value.ts'

function carries(sample: Sample): ContractCase<CodecHarness> {
  const { name, needs } = sample
  return {
    name: `${name} can be carried`,
    requires: (manifest) => needs === undefined || manifest[needs] === true || needs,
    async run({ codec, fresh }) {
      const bytes = codec.encode(sample.make())
      assert.ok(bytes instanceof Uint8Array, 'encode gave no bytes')
      sameValue(codec.decode(bytes), sample.make())
      if (fresh !== undefined) sameValue(fresh().decode(bytes), sample.make())
    },
  }
}

function refuses(sample: Sample): ContractCase<CodecHarness> {
  const { name, needs } = sample
  return {
    name: `${name} cannot be carried, and is refused rather than changed`,
    requires: (manifest) => (needs !== undefined && manifest[needs] === false) || 'a codec that refuses it',
    async run({ codec }) {
      assert.throws(() => codec.encode(sample.make()))
    },
  }
}

/** What goes in comes out. */
export const valueCases: readonly ContractCase<CodecHarness>[] = [
  ...samples.map(carries),
  ...samples.filter(({ needs }) => needs !== undefined).map(refuses),
  ...['a function', 'a symbol', 'a function inside an object', 'a symbol inside an array'].map(
    (name, i): ContractCase<CodecHarness> => ({
      name: `${name} is refused rather than left out`,
      async run({ codec }) {
        const value = [() => 1, Symbol('s'), { a: 1, f: () => 1 }, [1, Symbol('s')]][i]
        assert.throws(() => codec.encode(value))
      },
    }),
  ),
]
