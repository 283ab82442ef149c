import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import { LockProbe } from './lock-probe.ts'
import type { LocksHarness } from './locks-harness.ts'

/** Giving a lock back, and being told of it. */
export const releaseCases: readonly ContractCase<LocksHarness>[] = [
  {
    name: 'a released lock is free',
    async run(harness) {
      const probe = new LockProbe(harness)
      await probe.acquire('a')
      assert.equal(await probe.release('a'), true)
      assert.equal(await probe.extend('a'), false)
      assert.equal(await probe.tries('b'), 'granted')
    },
  },
  {
    name: 'a second release answers false',
    async run(harness) {
      const probe = new LockProbe(harness)
      await probe.acquire('a')
      await probe.release('a')
      assert.equal(await probe.release('a'), false)
    },
  },
  {
    name: "a release leaves somebody else's lock standing, also when it comes late",
    async run(harness) {
      const probe = new LockProbe(harness)
      await probe.acquire('a', { ttlMs: 10_000 })
      await harness.elapse(10_001)
      await probe.acquire('b')
      assert.equal(await probe.release('a'), false)
      assert.equal(await probe.tries('c'), 'held')
      assert.equal(await probe.release('b'), true)
    },
  },
  {
    name: 'a release where there is no lock answers false',
    async run(harness) {
      assert.equal(await new LockProbe(harness).release('a'), false)
    },
  },
  {
    name: 'who watches a lock is told of its release',
    requires: (_, { locks }) => locks.watch !== undefined || 'watch',
    async run(harness) {
      const probe = new LockProbe(harness)
      await probe.acquire('a')
      let woken = 0
      const watch = harness.locks.watch?.(probe.key, () => woken++)
      // The server confirms the watch by a call for nothing, or none is needed: then this changes nothing.
      await harness.eventually(async () => {
        await probe.release('a')
        const told = woken
        await probe.acquire('a')
        return told > 0
      })
      const before = woken
      assert.equal(await probe.release('a'), true)
      await harness.eventually(() => woken > before)
      await watch?.close()
    },
  },
  {
    name: 'who begins to watch a lock that is free is told at once',
    requires: (_, { locks }) => locks.watch !== undefined || 'watch',
    async run(harness) {
      const probe = new LockProbe(harness)
      let woken = 0
      const watch = harness.locks.watch?.(probe.key, () => woken++)
      await harness.eventually(() => woken > 0)
      await watch?.close()
    },
  },
  {
    name: 'who stopped watching is told nothing more, and others still are',
    requires: (_, { locks }) => locks.watch !== undefined || 'watch',
    async run(harness) {
      const probe = new LockProbe(harness)
      const told = { left: 0, stayed: 0 }
      const left = harness.locks.watch?.(probe.key, () => told.left++)
      const stayed = harness.locks.watch?.(probe.key, () => told.stayed++)
      await harness.eventually(() => told.left > 0 && told.stayed > 0)
      await left?.close()
      await left?.close()
      await probe.acquire('a')
      const before = { ...told }
      assert.equal(await probe.release('a'), true)
      await harness.eventually(() => told.stayed > before.stayed)
      assert.equal(told.left, before.left)
      await stayed?.close()
    },
  },
]
