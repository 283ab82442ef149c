import assert from 'node:assert/strict'
import { expiredFrame } from '@larder/core/contracts'
import type { ContractCase } from '../contract-case.ts'
import { KeyProbe } from './key-probe.ts'
import { sameBytes } from '../same-bytes.ts'
import type { StoreHarness } from './store-harness.ts'

/** `drop` in its mode `expire`: the entry is flagged and may be shown as a stale value for a while. */
export const expireCases: readonly ContractCase<StoreHarness>[] = [
  {
    name: 'expire flags the entry, says that it existed, and changes no other byte',
    async run(harness) {
      const probe = new KeyProbe(harness)
      const payload = Uint8Array.of(0, 1, 254, 255)
      await probe.put('a', { payload })
      assert.equal(await probe.expire(60_000), 'dropped')
      sameBytes(await harness.store.get(probe.key), expiredFrame(KeyProbe.frame('a', { payload })))
    },
  },
  {
    name: 'an expired entry is gone when its grace is over',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 60_000 })
      await probe.expire(10_000)
      await harness.elapse(9_000)
      assert.equal(await probe.shows(), 'a (expired)')
      await harness.elapse(1_001)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'grace does not make an entry live longer than it would have',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 10_000 })
      await probe.expire(60_000)
      await harness.elapse(10_001)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'grace limits an entry that would have stayed for ever',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: Infinity })
      await probe.expire(10_000)
      await harness.elapse(10_001)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'infinite grace leaves the entry the life it had',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 10_000 })
      assert.equal(await probe.expire(Infinity), 'dropped')
      await harness.elapse(9_000)
      assert.equal(await probe.shows(), 'a (expired)')
      await harness.elapse(1_001)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'without grace nothing is left of an expired entry',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      assert.equal(await probe.expire(0), 'dropped')
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'expire of nothing says so and leaves nothing',
    async run(harness) {
      const probe = new KeyProbe(harness)
      assert.equal(await probe.expire(60_000), 'dropped nothing')
      assert.equal(await probe.shows(), 'nothing')
      assert.equal(await probe.take('a'), 'granted')
    },
  },
  {
    name: 'expiring an entry again does not prolong it, and does not count',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      await probe.expire(10_000)
      await harness.elapse(6_000)
      assert.equal(await probe.expire(10_000), 'dropped nothing')
      assert.equal(await probe.shows(), 'a (expired)')
      await harness.elapse(4_001)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'a load that an expire overtook may not fill',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      await probe.take('b', { seen: 'a' })
      await probe.expire(60_000)
      assert.equal(await probe.fill('b'), false)
      assert.equal(await probe.shows(), 'a (expired)')
    },
  },
  {
    name: 'an expire of a key without an entry revokes the lease all the same',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a')
      await probe.expire(60_000)
      assert.equal(await probe.fill('a'), false)
    },
  },
  {
    name: 'an expired entry is shown until a new one is filled',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      await probe.expire(60_000)
      await probe.take('b', { seen: 'a' })
      assert.equal(await probe.shows(), 'a (expired)')
      assert.equal(await probe.fill('b'), true)
      assert.equal(await probe.take('c'), 'entry b')
    },
  },
  {
    name: 'a set removes an expired entry',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      await probe.expire(60_000)
      assert.equal(await probe.set('b'), 'dropped nothing')
      assert.equal(await probe.shows(), 'nothing')
    },
  },
]
