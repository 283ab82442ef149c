import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import { KeyProbe } from './key-probe.ts'
import type { StoreHarness } from './store-harness.ts'

/** `drop` in its modes `delete` and `set`: whatever revokes the lease forbids the fill. */
export const dropCases: readonly ContractCase<StoreHarness>[] = [
  {
    name: 'a delete removes the entry and says that it existed',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      assert.equal(await probe.delete(), 'dropped')
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'a delete of nothing says that nothing existed',
    async run(harness) {
      const probe = new KeyProbe(harness)
      assert.equal(await probe.delete(), 'dropped nothing')
      await probe.take('a')
      assert.equal(await probe.delete(), 'dropped nothing', 'a lease is no entry')
    },
  },
  {
    name: 'a delete says that nothing existed if the time of the entry was over',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 10_000 })
      await harness.elapse(10_001)
      assert.equal(await probe.delete(), 'dropped nothing')
    },
  },
  {
    name: 'a delete removes an entry that was flagged as expired, and does not count it',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      await probe.expire(60_000)
      assert.equal(await probe.delete(), 'dropped nothing')
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'a load that a delete overtook may not fill',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a')
      await probe.delete()
      assert.equal(await probe.fill('a'), false)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'a refresh that a delete overtook may not fill',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      await probe.take('b', { seen: 'a' })
      assert.equal(await probe.delete(), 'dropped')
      assert.equal(await probe.fill('b'), false)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'after a delete the lease is free',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a')
      await probe.delete()
      assert.equal(await probe.take('b'), 'granted')
      assert.equal(await probe.fill('a'), false)
      assert.equal(await probe.fill('b'), true)
    },
  },
  {
    name: 'a set removes the entry and leaves a lease for its own fill',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      assert.equal(await probe.set('b'), 'dropped')
      assert.equal(await probe.shows(), 'nothing')
      assert.equal(await probe.take('c'), 'held')
      assert.equal(await probe.fill('b'), true)
      assert.equal(await probe.shows(), 'b')
    },
  },
  {
    name: 'a set of a key that holds nothing says so',
    async run(harness) {
      assert.equal(await new KeyProbe(harness).set('a'), 'dropped nothing')
    },
  },
  {
    name: 'a load that a set overtook may not fill, before the set has filled and after',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('load')
      await probe.set('set')
      assert.equal(await probe.fill('load'), false)
      assert.equal(await probe.renew('load', 60_000), false)
      assert.equal(await probe.fill('set'), true)
      assert.equal(await probe.fill('load'), false)
      assert.equal(await probe.shows(), 'set')
    },
  },
  {
    name: 'of two sets the later one stays, whichever fills first',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.set('one')
      await probe.set('two')
      assert.equal(await probe.fill('one'), false)
      assert.equal(await probe.fill('two'), true)
      assert.equal(await probe.shows(), 'two')

      await probe.set('three')
      await probe.set('four')
      assert.equal(await probe.fill('four'), true)
      assert.equal(await probe.fill('three'), false)
      assert.equal(await probe.shows(), 'four')
    },
  },
  {
    name: 'a delete between the two steps of a set forbids its fill',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.set('a')
      await probe.delete()
      assert.equal(await probe.fill('a'), false)
      assert.equal(await probe.shows(), 'nothing')
    },
  },
  {
    name: 'the lease of a set that never filled runs out',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.set('a', { leaseMs: 10_000 })
      await harness.elapse(9_000)
      assert.equal(await probe.take('b'), 'held')
      await harness.elapse(1_001)
      assert.equal(await probe.fill('a'), false)
      assert.equal(await probe.take('b'), 'granted')
    },
  },
  {
    name: 'a set without a token leaves no lease',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      await probe.take('b', { seen: 'a' })
      assert.deepEqual(await harness.store.drop(probe.key, { mode: 'set' }), { kind: 'dropped', existed: true })
      assert.equal(await probe.fill('b'), false)
      assert.equal(await probe.take('c'), 'granted')
    },
  },
  {
    name: 'a drop touches its own key only',
    async run(harness) {
      const [one, two] = [new KeyProbe(harness, 'one'), new KeyProbe(harness, 'two')]
      await one.put('a')
      await two.put('a')
      await two.take('b', { seen: 'a' })
      await one.delete()
      assert.equal(await two.shows(), 'a')
      assert.equal(await two.fill('b'), true)
    },
  },
  {
    name: 'a delete may be repeated',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      assert.equal(await probe.delete(), 'dropped')
      assert.equal(await probe.delete(), 'dropped nothing')
      assert.equal(await probe.take('b'), 'granted')
    },
  },
]
