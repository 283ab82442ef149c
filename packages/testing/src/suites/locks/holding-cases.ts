import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import { LockProbe } from './lock-probe.ts'
import type { LocksHarness } from './locks-harness.ts'

/** Who holds a lock, and for how long. */
export const holdingCases: readonly ContractCase<LocksHarness>[] = [
  {
    name: 'a free lock is granted, and a held one is not',
    async run(harness) {
      const probe = new LockProbe(harness)
      assert.equal(await probe.tries('a'), 'granted')
      assert.equal(await probe.tries('b'), 'held')
    },
  },
  {
    name: 'of twenty who ask at once one is granted the lock',
    async run(harness) {
      const probe = new LockProbe(harness)
      const answers: string[] = []
      for (let round = 0; round < 20 && !answers.includes('granted'); round++) {
        // Of several servers each may have granted it to somebody else; then nobody has it, and they try again.
        answers.push(...(await Promise.all(Array.from({ length: 20 }, (_, i) => probe.tries(`h${round}-${i}`)))))
      }
      assert.equal(answers.filter((answer) => answer === 'granted').length, 1)
    },
  },
  {
    name: 'different keys are different locks',
    async run(harness) {
      for (const name of ['a', 'b', 'a:lock', 'a:fence', 'ä', '', 'a%20b', 'k'.repeat(1_000)])
        assert.equal(await new LockProbe(harness, name).tries('a'), 'granted', name)
    },
  },
  {
    name: 'a held lock tells how long it will be, at most',
    async run(harness) {
      const probe = new LockProbe(harness)
      await probe.acquire('a', { ttlMs: 30_000 })
      await harness.elapse(10_000)
      const answer = await probe.acquire('b')
      assert.equal(answer.kind, 'held')
      if (answer.kind !== 'held' || answer.remainingMs === undefined) return
      assert.ok(answer.remainingMs > 0 && answer.remainingMs <= 20_000, String(answer.remainingMs))
    },
  },
  {
    name: 'a lock runs out after its time to live, not before',
    async run(harness) {
      const probe = new LockProbe(harness)
      await probe.acquire('a', { ttlMs: 10_000 })
      await harness.elapse(9_000)
      assert.equal(await probe.tries('b'), 'held')
      await harness.elapse(1_001)
      assert.equal(await probe.tries('b'), 'granted')
    },
  },
  {
    name: 'a lock that was asked for in vain is not prolonged by that',
    async run(harness) {
      const probe = new LockProbe(harness)
      await probe.acquire('a', { ttlMs: 10_000 })
      await harness.elapse(9_000)
      await probe.acquire('b', { ttlMs: 60_000 })
      await harness.elapse(1_001)
      assert.equal(await probe.tries('c'), 'granted')
    },
  },
  {
    name: 'a request that is repeated is granted again, and its time starts anew',
    async run(harness) {
      const probe = new LockProbe(harness)
      await probe.acquire('a', { ttlMs: 10_000 })
      await harness.elapse(8_000)
      assert.equal(await probe.tries('a', 10_000), 'granted')
      await harness.elapse(8_000)
      assert.equal(await probe.tries('b'), 'held')
      assert.equal(await probe.release('a'), true)
      assert.equal(await probe.tries('b'), 'granted')
    },
  },
  {
    name: 'the longest time to live is accepted',
    async run(harness) {
      const probe = new LockProbe(harness)
      assert.equal(await probe.tries('a', 2 ** 31 - 1), 'granted')
      await harness.elapse(2 ** 31 - 10_000)
      assert.equal(await probe.tries('b'), 'held')
    },
  },
]
