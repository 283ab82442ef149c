import assert from 'node:assert/strict'
import { FRAME } from '@larder/core/contracts'
import type { ContractCase } from '../contract-case.ts'
import { KeyProbe } from './key-probe.ts'
import { sameBytes } from '../same-bytes.ts'
import type { StoreHarness } from './store-harness.ts'

const cases: readonly Omit<ContractCase<StoreHarness>, 'requires'>[] = [
  {
    name: 'a replace puts new content under a new id',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { payload: new Uint8Array(300) })
      assert.equal(await probe.replace('a', 'b', { payload: Uint8Array.of(9) }), 'edited')
      sameBytes(await harness.store.get(probe.key), KeyProbe.frame('b', { payload: Uint8Array.of(9) }))
    },
  },
  {
    name: 'a replace sets the time to live',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 10_000 })
      await probe.replace('a', 'b', { ttlMs: 60_000 })
      await harness.elapse(59_000)
      assert.equal(await probe.shows(), 'b')
      await harness.elapse(1_001)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'a refresh that a replace overtook may not fill',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      await probe.take('refresh', { seen: 'a' })
      await probe.replace('a', 'b')
      assert.equal(await probe.fill('refresh'), false)
      assert.equal(await probe.shows(), 'b')
    },
  },
  {
    name: 'a caller that writes to a buffer after replacing with it does not change the entry',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      const frame = KeyProbe.frame('b', { payload: Uint8Array.of(1) })
      const request = { kind: 'replace', expectId: KeyProbe.token('a'), frame, ttlMs: 60_000 } as const
      assert.equal(await harness.store.edit(probe.key, request), 'edited')
      frame.fill(0xff)
      sameBytes(await harness.store.get(probe.key), KeyProbe.frame('b', { payload: Uint8Array.of(1) }))
    },
  },
  {
    name: 'of two replaces of one entry only the first is done',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      assert.equal(await probe.replace('a', 'b'), 'edited')
      assert.equal(await probe.replace('a', 'c'), 'changed')
      assert.equal(await probe.shows(), 'b')
    },
  },
  {
    name: 'of twenty replaces of one entry at once exactly one is done',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => probe.replace('a', `r${i}`)))
      assert.equal(answers.filter((answer) => answer === 'edited').length, 1)
      assert.equal(await probe.shows(), `r${answers.indexOf('edited')}`)
    },
  },
  {
    name: 'an edit of nothing answers changed and makes nothing',
    async run(harness) {
      const probe = new KeyProbe(harness)
      assert.equal(await probe.replace('a', 'b'), 'changed')
      assert.equal(await probe.retime('a', { ttlMs: 60_000 }), 'changed')
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'an edit of another entry than the one that was read does nothing',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 10_000 })
      await probe.take('refresh', { seen: 'a' })
      assert.equal(await probe.replace('z', 'b', { ttlMs: 60_000 }), 'changed')
      assert.equal(await probe.retime('z', { ttlMs: 60_000 }), 'changed')
      sameBytes(await harness.store.get(probe.key), KeyProbe.frame('a'))
      assert.equal(await probe.take('other', { seen: 'a' }), 'held', 'the lease was revoked')
      await harness.elapse(10_001)
      assert.equal(await probe.shows(), 'nothing', 'the entry was prolonged')
    },
  },
  {
    name: 'an entry flagged as expired is neither edited nor revived',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      await probe.expire(10_000)
      assert.equal(await probe.replace('a', 'b', { ttlMs: 60_000 }), 'changed')
      assert.equal(await probe.retime('a', { ttlMs: 60_000 }), 'changed')
      assert.equal(await probe.shows(), 'a (expired)')
      await harness.elapse(10_001)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'an entry whose time is over is not edited',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 10_000 })
      await harness.elapse(10_001)
      assert.equal(await probe.replace('a', 'b'), 'changed')
      assert.equal(await probe.retime('a', { ttlMs: 60_000 }), 'changed')
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'a retime writes both instants into the header and changes no other byte',
    async run(harness) {
      const probe = new KeyProbe(harness)
      const payload = Uint8Array.of(0, 128, 255)
      for (const [i, [softAt, hardAt]] of [
        [1_767_225_600_123.5, 1_767_229_200_000],
        [Infinity, Infinity],
        [0, 2 ** 53],
      ].entries() as IterableIterator<[number, [number, number]]>) {
        await probe.put(`a${i}`, { payload })
        assert.equal(await probe.retime(`a${i}`, { ttlMs: 60_000, softAt, hardAt }), 'edited')
        const expected = KeyProbe.frame(`a${i}`, { payload })
        const view = new DataView(expected.buffer)
        view.setFloat64(FRAME.offset.softAt, softAt)
        view.setFloat64(FRAME.offset.hardAt, hardAt)
        sameBytes(await harness.store.get(probe.key), expected)
      }
    },
  },
  {
    name: 'a retime prolongs, shortens and unlimits the time to live, counted from now',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 10_000 })
      await harness.elapse(5_000)
      await probe.retime('a', { ttlMs: 30_000 })
      await harness.elapse(29_000)
      assert.equal(await probe.shows(), 'a')
      await probe.retime('a', { ttlMs: Infinity })
      await harness.elapse(10_000_000_000)
      assert.equal(await probe.shows(), 'a')
      await probe.retime('a', { ttlMs: 10_000 })
      await harness.elapse(10_001)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'a retime keeps the id and leaves a running load its lease',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      await probe.take('refresh', { seen: 'a' })
      assert.equal(await probe.retime('a', { ttlMs: 60_000 }), 'edited')
      assert.equal(await probe.shows(), 'a')
      assert.equal(await probe.take('other', { seen: 'a' }), 'held')
      assert.equal(await probe.fill('refresh'), true)
    },
  },
  {
    name: 'bytes that were read before a retime do not change under the reader',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      const before = await harness.store.get(probe.key)
      await probe.retime('a', { ttlMs: 60_000, softAt: 5, hardAt: 6 })
      await probe.expire(60_000)
      sameBytes(before, KeyProbe.frame('a'))
    },
  },
]

/** Changing an entry in place. */
export const editCases: readonly ContractCase<StoreHarness>[] = cases.map((editCase) => ({
  ...editCase,
  requires: (manifest) => manifest.edits || 'edits',
}))
