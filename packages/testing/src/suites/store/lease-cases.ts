import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import { KeyProbe } from './key-probe.ts'
import type { StoreHarness } from './store-harness.ts'

/** Holding on to a lease, and giving it back. */
export const leaseCases: readonly ContractCase<StoreHarness>[] = [
  {
    name: 'renew prolongs the lease, counted from now',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a', { leaseMs: 10_000 })
      await harness.elapse(8_000)
      assert.equal(await probe.renew('a', 10_000), true)
      await harness.elapse(8_000)
      assert.equal(await probe.take('b'), 'held')
      await harness.elapse(2_001)
      assert.equal(await probe.take('b'), 'granted', 'it was prolonged further than asked')
    },
  },
  {
    name: 'a renewed lease may still fill',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a', { leaseMs: 10_000 })
      await probe.renew('a', 30_000)
      await harness.elapse(20_000)
      assert.equal(await probe.fill('a'), true)
    },
  },
  {
    name: 'renew answers false to a token that does not hold the lease, and changes nothing',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a', { leaseMs: 10_000 })
      assert.equal(await probe.renew('b', 60_000), false)
      await harness.elapse(10_001)
      assert.equal(await probe.take('c'), 'granted')
    },
  },
  {
    name: 'renew answers false where there is no lease, and makes none',
    async run(harness) {
      const probe = new KeyProbe(harness)
      assert.equal(await probe.renew('a', 60_000), false)
      assert.equal(await probe.take('b'), 'granted')
    },
  },
  {
    name: 'renew does not revive a lease that ran out',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a', { leaseMs: 10_000 })
      await harness.elapse(10_001)
      assert.equal(await probe.renew('a', 60_000), false)
      assert.equal(await probe.fill('a'), false)
    },
  },
  {
    name: 'renew answers false after the lease was revoked',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a')
      await probe.delete()
      assert.equal(await probe.renew('a', 60_000), false)
      assert.equal(await probe.fill('a'), false)
    },
  },
  {
    name: 'release ends the lease',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a')
      await probe.release('a')
      assert.equal(await probe.fill('a'), false)
      assert.equal(await probe.take('b'), 'granted')
    },
  },
  {
    name: "release leaves another caller's lease standing",
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a')
      await probe.release('b')
      assert.equal(await probe.take('c'), 'held')
      assert.equal(await probe.fill('a'), true)
    },
  },
  {
    name: 'release where there is no lease does nothing',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.release('a')
      await probe.put('b')
      await probe.release('b')
      assert.equal(await probe.shows(), 'b')
    },
  },
  {
    name: 'renew and release leave the entry alone',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 10_000 })
      await probe.take('b', { seen: 'a' })
      await probe.renew('b', 60_000)
      await probe.release('b')
      assert.equal(await probe.shows(), 'a')
      await harness.elapse(10_001)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
]
