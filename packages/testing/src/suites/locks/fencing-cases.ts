import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import { LockProbe } from './lock-probe.ts'
import type { LocksHarness } from './locks-harness.ts'

/** Fencing tokens. */
export const fencingCases: readonly ContractCase<LocksHarness>[] = [
  {
    name: 'a fencing token is a positive safe integer',
    async run(harness) {
      const fence = await new LockProbe(harness).fence('a')
      assert.ok(Number.isSafeInteger(fence) && fence > 0, String(fence))
    },
  },
  {
    name: 'each grant has a greater fencing token than the one before',
    async run(harness) {
      const probe = new LockProbe(harness)
      let last = 0
      for (let i = 0; i < 50; i++) {
        const fence = await probe.fence(`h${i}`)
        assert.ok(fence > last, `${fence} after ${last}`)
        last = fence
        assert.equal(await probe.release(`h${i}`), true)
      }
    },
  },
  {
    name: 'a lock that ran out is granted with a greater fencing token',
    async run(harness) {
      const probe = new LockProbe(harness)
      const first = await probe.fence('a')
      await harness.elapse(60_001)
      assert.ok((await probe.fence('b')) > first)
    },
  },
  {
    name: 'a request that is repeated has a greater fencing token',
    async run(harness) {
      const probe = new LockProbe(harness)
      const first = await probe.fence('a')
      assert.ok((await probe.fence('a')) > first)
    },
  },
  {
    name: 'fencing tokens are greater than the one asked for',
    async run(harness) {
      const probe = new LockProbe(harness)
      const first = await probe.fence('a')
      const above = first + 1_000_000_000
      const second = await probe.fence('a', { fenceAbove: above })
      assert.ok(second > above, `${second} is not above ${above}`)
      await probe.release('a')
      assert.ok((await probe.fence('b')) > second)
      await probe.release('b')
      assert.ok((await probe.fence('c', { fenceAbove: 1 })) > second, 'asking for less took it back')
    },
  },
  {
    name: 'fencing tokens of a lock that nobody used for a month go on growing',
    async run(harness) {
      const probe = new LockProbe(harness)
      const first = await probe.fence('a')
      await harness.elapse(30 * 86_400_000)
      assert.ok((await probe.fence('b')) > first)
    },
  },
  {
    name: 'fencing tokens go on growing after everything was forgotten',
    requires: (_, harness) => harness.wipe !== undefined || 'a way to wipe',
    async run(harness) {
      const probe = new LockProbe(harness)
      const first = await probe.fence('a')
      await harness.wipe?.()
      assert.ok((await probe.fence('b')) > first)
    },
  },
]
