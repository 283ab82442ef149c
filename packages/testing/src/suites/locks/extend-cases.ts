import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import { LockProbe } from './lock-probe.ts'
import type { LocksHarness } from './locks-harness.ts'

/** Holding on to a lock. */
export const extendCases: readonly ContractCase<LocksHarness>[] = [
  {
    name: 'an extension counts from now',
    async run(harness) {
      const probe = new LockProbe(harness)
      await probe.acquire('a', { ttlMs: 10_000 })
      await harness.elapse(8_000)
      assert.equal(await probe.extend('a', 10_000), true)
      await harness.elapse(8_000)
      assert.equal(await probe.tries('b'), 'held')
      await harness.elapse(2_001)
      assert.equal(await probe.tries('b'), 'granted', 'it was extended further than asked')
    },
  },
  {
    name: 'an extension never shortens',
    async run(harness) {
      const probe = new LockProbe(harness)
      await probe.acquire('a', { ttlMs: 30_000 })
      assert.equal(await probe.extend('a', 1_000), true)
      await harness.elapse(20_000)
      assert.equal(await probe.tries('b'), 'held')
    },
  },
  {
    name: 'an extension by somebody else answers false and changes nothing',
    async run(harness) {
      const probe = new LockProbe(harness)
      await probe.acquire('a', { ttlMs: 10_000 })
      assert.equal(await probe.extend('b', 60_000), false)
      await harness.elapse(10_001)
      assert.equal(await probe.tries('c'), 'granted')
    },
  },
  {
    name: 'an extension where there is no lock answers false and makes none',
    async run(harness) {
      const probe = new LockProbe(harness)
      assert.equal(await probe.extend('a'), false)
      assert.equal(await probe.tries('b'), 'granted')
    },
  },
  {
    name: 'an extension does not revive a lock that ran out',
    async run(harness) {
      const probe = new LockProbe(harness)
      await probe.acquire('a', { ttlMs: 10_000 })
      await harness.elapse(10_001)
      assert.equal(await probe.extend('a'), false)
      assert.equal(await probe.tries('b'), 'granted')
      assert.equal(await probe.extend('a'), false)
    },
  },
]
