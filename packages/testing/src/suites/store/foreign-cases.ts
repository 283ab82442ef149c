import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import { KeyProbe } from './key-probe.ts'
import type { StoreHarness } from './store-harness.ts'

/** A frame of a format that no release has written yet. */
function futureFrame(): Uint8Array {
  const frame = KeyProbe.frame('future')
  frame[2] = 250
  return frame
}

const GARBAGE: readonly (readonly [what: string, bytes: Uint8Array])[] = [
  ['one byte', Uint8Array.of(0)],
  ['text', new TextEncoder().encode('{"hello":"world"}')],
  ['a frame cut short', KeyProbe.frame('cut').subarray(0, 40)],
  ['a frame of a later format', futureFrame()],
  ['a hundred bytes of 0xff', new Uint8Array(100).fill(0xff)],
]

const cases: readonly ContractCase<StoreHarness>[] = [
  {
    name: 'bytes that are not a frame are not handed back by take, which grants instead',
    run: (harness) =>
      forEach(harness, async (probe) => {
        assert.equal(await probe.take('a'), 'granted')
        assert.equal(await probe.take('b'), 'held')
      }),
  },
  {
    name: 'bytes that are not a frame are replaced by a fill',
    run: (harness) =>
      forEach(harness, async (probe) => {
        await probe.take('a')
        assert.equal(await probe.fill('a'), true)
        assert.equal(await probe.shows(), 'a')
      }),
  },
  {
    name: 'bytes that are not a frame are removed by a delete and by a set',
    run: (harness) =>
      forEach(harness, async (probe, poke) => {
        await probe.delete()
        assert.equal(await probe.shows(), 'nothing')
        await poke()
        await probe.set('a')
        assert.equal(await probe.shows(), 'nothing')
        assert.equal(await probe.fill('a'), true)
      }),
  },
  {
    name: 'bytes that are not a frame are never shown as a value after an expire',
    run: (harness) =>
      forEach(harness, async (probe) => {
        await probe.expire(60_000)
        assert.match(await probe.shows(), /^nothing$|^bytes that are no frame$/)
        assert.equal(await probe.take('a'), 'granted')
      }),
  },
  {
    name: 'bytes that are not a frame are not edited',
    requires: (manifest, harness) =>
      (harness.poke !== undefined && manifest.edits) || 'edits, and a harness that can poke',
    run: (harness) =>
      forEach(harness, async (probe) => {
        assert.equal(await probe.replace('future', 'b'), 'changed')
        assert.equal(await probe.retime('future', { ttlMs: 60_000 }), 'changed')
        assert.notEqual(await probe.shows(), 'b')
      }),
  },
  {
    name: 'bytes that are not a frame have no version',
    requires: (manifest, harness) =>
      (harness.poke !== undefined && manifest.versions) || 'versions, and a harness that can poke',
    run: (harness) =>
      forEach(harness, async (probe) => {
        assert.notEqual(await probe.delete(0), 'newer')
      }),
  },
]

/** Values that somebody else, or a later release, put under a key. */
export const foreignCases: readonly ContractCase<StoreHarness>[] = cases.map((foreignCase) => ({
  requires: (_manifest, harness) => harness.poke !== undefined || 'a harness that can poke',
  ...foreignCase,
}))

async function forEach(
  harness: StoreHarness,
  check: (probe: KeyProbe, poke: () => Promise<void>) => Promise<void>,
): Promise<void> {
  for (const [what, bytes] of GARBAGE) {
    const probe = new KeyProbe(harness, what)
    const poke = async (): Promise<void> => harness.poke?.(probe.key, bytes)
    await poke()
    await check(probe, poke)
  }
}
