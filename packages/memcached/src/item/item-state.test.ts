import { buildFrame } from '@larder/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeState, encodeState, NOTHING } from './item-state.ts'
import type { ItemState } from './item-state.ts'

const instant = fc.oneof(fc.integer({ min: 0, max: 2 ** 50 }), fc.constant(Infinity))
const version = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const states: fc.Arbitrary<ItemState> = fc.record({
  lease: fc.option(
    fc.record({
      token: fc.string({ unit: 'grapheme-ascii', maxLength: 255 }),
      version: fc.option(version, { nil: undefined }),
      endsAt: instant,
    }),
    { nil: undefined },
  ),
  floor: fc.option(fc.record({ version, endsAt: instant }), { nil: undefined }),
  entry: fc.option(fc.record({ frame: fc.uint8Array(), endsAt: instant }), { nil: undefined }),
})

test('what is encoded is decoded again', () => {
  fc.assert(
    fc.property(states, (state) => {
      const { entry, ...rest } = decodeState(encodeState(state))
      expect({ ...rest, entry: entry && { ...entry, frame: Uint8Array.from(entry.frame) } }).toEqual(state)
    }),
  )
})

test('bytes that are no state, or cut short, are nothing or a part of it, and never an error', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeState(Buffer.from(bytes))))
  fc.assert(
    fc.property(states, fc.nat(), (state, cut) => {
      const bytes = encodeState({ ...state, entry: undefined })
      if (cut % bytes.length !== bytes.length)
        expect(decodeState(bytes.subarray(0, cut % bytes.length))).toEqual(NOTHING)
    }),
  )
})

test('the bytes of format 1 stay what they are', () => {
  const state = {
    lease: { token: 'abc', version: 7, endsAt: 1_800_000_000_000 },
    floor: { version: 9, endsAt: Infinity },
    entry: { frame: buildFrame({ id: 'i'.repeat(16) }), endsAt: 1_900_000_000_000 },
  }
  expect(encodeState(state).toString('hex')).toMatchInlineSnapshot(
    `"4c4d010f03616263427a3185c5000000401c00000000000040220000000000007ff0000000000000427ba60d338000004c440100010069696969696969696969696969696969000000000000000000000000000000007ff00000000000007ff00000000000000000"`,
  )
})
