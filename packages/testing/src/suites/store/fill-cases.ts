import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import { KeyProbe } from './key-probe.ts'
import { sameBytes } from '../same-bytes.ts'
import type { StoreHarness } from './store-harness.ts'

const TEN_YEARS = 10 * 365 * 86_400_000

/** How an entry gets in, how long it stays, and when it must not get in. */
export const fillCases: readonly ContractCase<StoreHarness>[] = [
  {
    name: 'fill stores the entry and ends the lease',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a')
      assert.equal(await probe.fill('a'), true)
      assert.equal(await probe.shows(), 'a')
      assert.equal(await probe.take('b', { seen: 'a' }), 'granted', 'the lease still stands')
    },
  },
  {
    name: 'fill is refused without a lease',
    async run(harness) {
      const probe = new KeyProbe(harness)
      assert.equal(await probe.fill('a'), false)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'fill is refused to a token that does not hold the lease, whose holder may still fill',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a')
      assert.equal(await probe.fill('b'), false)
      assert.equal(await probe.shows(), 'nothing')
      assert.equal(await probe.fill('a'), true)
      assert.equal(await probe.shows(), 'a')
    },
  },
  {
    name: 'fill is refused once the lease has run out',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a', { leaseMs: 10_000 })
      await harness.elapse(10_001)
      assert.equal(await probe.fill('a'), false)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'fill is refused when another caller has been granted the lease since',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('slow', { leaseMs: 10_000 })
      await harness.elapse(10_001)
      await probe.take('next')
      assert.equal(await probe.fill('slow'), false)
      assert.equal(await probe.fill('next'), true)
      assert.equal(await probe.fill('slow'), false)
      assert.equal(await probe.shows(), 'next')
    },
  },
  {
    name: 'a lease is good for one fill',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a')
      assert.equal(await probe.fill('a'), true)
      assert.equal(await probe.fill('a', { payload: Uint8Array.of(1) }), false)
      sameBytes(await harness.store.get(probe.key), KeyProbe.frame('a'))
    },
  },
  {
    name: 'a refused fill leaves the present entry alone',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 10_000 })
      assert.equal(await probe.fill('b', { ttlMs: 60_000 }), false)
      assert.equal(await probe.shows(), 'a')
      await harness.elapse(10_001)
      assert.equal(await probe.shows(), 'nothing', 'it lives longer now')
    },
  },
  {
    name: 'fill replaces the entry that is there, and its time to live',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 10_000, payload: new Uint8Array(500) })
      await probe.take('b', { seen: 'a' })
      assert.equal(await probe.fill('b', { ttlMs: 60_000 }), true)
      await harness.elapse(10_001)
      sameBytes(await harness.store.get(probe.key), KeyProbe.frame('b'))
    },
  },
  {
    name: 'fill replaces an entry that was flagged as expired by one that is not',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      await probe.expire(10_000)
      await probe.take('b')
      assert.equal(await probe.fill('b'), true)
      assert.equal(await probe.shows(), 'b')
      await harness.elapse(10_001)
      assert.equal(await probe.shows(), 'b', 'it went with the grace of the old one')
    },
  },
  {
    name: 'an entry stays for its time to live',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 10_000 })
      await harness.elapse(9_000)
      assert.equal(await probe.shows(), 'a')
    },
  },
  {
    name: 'an entry is gone when its time to live is over',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 10_000 })
      await harness.elapse(10_001)
      assert.equal(await probe.shows(), 'nothing')
      assert.deepEqual([...(await harness.store.getMany([probe.key]))], [undefined])
    },
  },
  {
    name: 'reading an entry does not prolong it',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 10_000 })
      await harness.elapse(6_000)
      await probe.shows()
      await probe.take('b')
      await harness.elapse(4_001)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'an entry with infinite time to live stays',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: Infinity })
      await harness.elapse(TEN_YEARS)
      assert.equal(await probe.shows(), 'a')
    },
  },
  {
    name: 'an infinite time to live replaces a finite one',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 10_000 })
      await probe.take('b', { seen: 'a' })
      await probe.fill('b', { ttlMs: Infinity })
      await harness.elapse(TEN_YEARS)
      assert.equal(await probe.shows(), 'b')
    },
  },
  {
    name: 'a time to live above 2^32 milliseconds does not overflow',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 2 ** 32 + 10_000 })
      await harness.elapse(2 ** 31 + 10_000)
      assert.equal(await probe.shows(), 'a')
      await harness.elapse(2 ** 31 - 1_000)
      assert.equal(await probe.shows(), 'a')
      await harness.elapse(1_001)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'times need not be whole milliseconds',
    async run(harness) {
      const probe = new KeyProbe(harness)
      assert.equal(await probe.take('a', { leaseMs: 10_000.25 }), 'granted')
      assert.equal(await probe.renew('a', 20_000.75), true)
      assert.equal(await probe.fill('a', { ttlMs: 30_000.123456 }), true)
      if (harness.manifest.edits)
        assert.equal(await probe.retime('a', { ttlMs: 40_000.5, softAt: 1.5, hardAt: 2.5 }), 'edited')
      assert.equal(await probe.expire(9_999.875), 'dropped')
      assert.equal(await probe.set('b', { leaseMs: 10_000.5 }), 'dropped nothing')
      assert.equal(await probe.fill('b', { ttlMs: 0.25 }), true, 'the shortest positive time is a time')
    },
  },
  {
    name: 'a frame of a megabyte comes back whole, or one as large as the manifest allows',
    async run(harness) {
      const probe = new KeyProbe(harness)
      const room = Math.min(2 ** 20, harness.manifest.maxFrameBytes) - KeyProbe.frame('a').length
      const payload = Uint8Array.from({ length: room }, (_, i) => (i * 31 + (i >> 8)) & 255)
      await probe.put('a', { payload })
      sameBytes(await harness.store.get(probe.key), KeyProbe.frame('a', { payload }))
    },
  },
  {
    name: 'of two fills at once, by the holder and by another, only the holder gets in',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a')
      assert.deepEqual(await Promise.all([probe.fill('b'), probe.fill('a'), probe.fill('c')]), [false, true, false])
      assert.equal(await probe.shows(), 'a')
    },
  },
]
