import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import { KeyProbe } from './key-probe.ts'
import { sameBytes } from '../same-bytes.ts'
import type { StoreHarness } from './store-harness.ts'

/** Reading: `get` and `getMany`. */
export const readCases: readonly ContractCase<StoreHarness>[] = [
  {
    name: 'get answers undefined for a key that nothing was put under',
    async run(harness) {
      assert.equal(await harness.store.get(new KeyProbe(harness).key), undefined)
    },
  },
  {
    name: 'get gives back the bytes that were filled, all 256 values of a byte included',
    async run(harness) {
      const probe = new KeyProbe(harness)
      const payload = Uint8Array.from({ length: 1024 }, (_, i) => i & 255)
      const entry = harness.manifest.versions ? { payload, version: 7 } : { payload }
      await probe.put('a', entry)
      sameBytes(await harness.store.get(probe.key), KeyProbe.frame('a', entry))
    },
  },
  {
    name: 'get still answers an entry that was flagged as expired',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      await probe.expire(60_000)
      assert.equal(await probe.shows(), 'a (expired)')
    },
  },
  {
    name: 'get does not answer a lease',
    async run(harness) {
      const probe = new KeyProbe(harness)
      assert.equal(await probe.take('a'), 'granted')
      assert.equal(await harness.store.get(probe.key), undefined)
    },
  },
  {
    name: 'a caller that writes to a buffer after filling with it does not change the entry',
    async run(harness) {
      const probe = new KeyProbe(harness)
      const frame = KeyProbe.frame('a', { payload: Uint8Array.of(1, 2, 3) })
      const expected = Uint8Array.from(frame)
      await probe.take('a')
      await harness.store.fill(probe.key, { token: KeyProbe.token('a'), frame, ttlMs: 60_000 })
      frame.fill(0xff)
      sameBytes(await harness.store.get(probe.key), expected)
    },
  },
  {
    name: 'a frame that is a view into a larger buffer is stored alone',
    async run(harness) {
      const probe = new KeyProbe(harness)
      const expected = KeyProbe.frame('a', { payload: Uint8Array.of(1, 2, 3) })
      const pool = new Uint8Array(expected.length + 64).fill(0xee)
      pool.set(expected, 32)
      await probe.take('a')
      const frame = pool.subarray(32, 32 + expected.length)
      await harness.store.fill(probe.key, { token: KeyProbe.token('a'), frame, ttlMs: 60_000 })
      sameBytes(await harness.store.get(probe.key), expected)
    },
  },
  {
    name: 'getMany answers in the order of the keys, with undefined where nothing is',
    async run(harness) {
      const probes = ['one', 'two', 'three', 'four'].map((name) => new KeyProbe(harness, name))
      const [one, two, three, four] = probes as [KeyProbe, KeyProbe, KeyProbe, KeyProbe]
      await one.put('a')
      await three.put('c')
      await four.put('d')
      await four.expire(60_000)
      const frames = await harness.store.getMany([four.key, two.key, one.key, three.key])
      assert.equal(frames.length, 4)
      sameBytes(frames[2], KeyProbe.frame('a'))
      sameBytes(frames[3], KeyProbe.frame('c'))
      assert.equal(frames[1], undefined)
      assert.equal(await four.shows(), 'd (expired)')
      assert.ok(frames[0], 'an entry flagged as expired is missing')
    },
  },
  {
    name: 'getMany answers a key that is asked for twice both times',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      const frames = await harness.store.getMany([probe.key, new KeyProbe(harness, 'other').key, probe.key])
      sameBytes(frames[0], KeyProbe.frame('a'))
      assert.equal(frames[1], undefined)
      sameBytes(frames[2], KeyProbe.frame('a'))
    },
  },
  {
    name: 'getMany of no keys answers nothing',
    async run(harness) {
      assert.deepEqual([...(await harness.store.getMany([]))], [])
    },
  },
  {
    name: 'getMany answers a thousand keys',
    async run(harness) {
      const probes = Array.from({ length: 1000 }, (_, i) => new KeyProbe(harness, `k${i}`))
      for (let i = 0; i < 1000; i += 10) await probes[i]?.put(`v${i}`)
      const frames = await harness.store.getMany(probes.map((probe) => probe.key))
      assert.equal(frames.length, 1000)
      for (const [i, frame] of frames.entries()) {
        if (i % 10 === 0) sameBytes(frame, KeyProbe.frame(`v${i}`))
        else assert.equal(frame, undefined)
      }
    },
  },
]
