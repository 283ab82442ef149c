import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import { KeyProbe } from './key-probe.ts'
import type { StoreHarness } from './store-harness.ts'

/** What `take` finds, and in which order it looks. */
export const takeCases: readonly ContractCase<StoreHarness>[] = [
  {
    name: 'take grants the lease of a key that holds nothing',
    async run(harness) {
      assert.equal(await new KeyProbe(harness).take('a'), 'granted')
    },
  },
  {
    name: 'take answers held while another caller has the lease',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a')
      assert.equal(await probe.take('b'), 'held')
      assert.equal(await probe.take('c'), 'held')
    },
  },
  {
    name: 'take does not grant a lease a second time, not even to its own token',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a')
      assert.equal(await probe.take('a'), 'held')
    },
  },
  {
    name: 'of a hundred callers that take at once exactly one is granted',
    async run(harness) {
      const probe = new KeyProbe(harness)
      const found = await Promise.all(Array.from({ length: 100 }, (_, i) => probe.take(`t${i}`)))
      assert.equal(found.filter((kind) => kind === 'granted').length, 1)
      assert.equal(found.filter((kind) => kind === 'held').length, 99)
      assert.equal(
        await probe.fill(`t${found.indexOf('granted')}`),
        true,
        'the lease is not that of the caller that was granted',
      )
    },
  },
  {
    name: 'take hands back the entry instead of a lease',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      assert.equal(await probe.take('b'), 'entry a')
      assert.equal(await probe.fill('b'), false, 'a lease was granted besides')
    },
  },
  {
    name: 'take grants when the only entry is the one that the caller judged invalid',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      assert.equal(await probe.take('b', { seen: 'a' }), 'granted')
      assert.equal(await probe.shows(), 'a', 'the entry went with the grant')
    },
  },
  {
    name: 'take hands back an entry that is not the one the caller saw',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('new')
      assert.equal(await probe.take('b', { seen: 'old' }), 'entry new')
    },
  },
  {
    name: 'take looks at the entry before the lease',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      assert.equal(await probe.take('refresh', { seen: 'a' }), 'granted')
      assert.equal(await probe.take('c'), 'entry a')
      assert.equal(await probe.take('d', { seen: 'a' }), 'held')
    },
  },
  {
    name: 'take does not hand back an entry that was flagged as expired',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a')
      await probe.expire(60_000)
      assert.equal(await probe.take('b'), 'granted')
      assert.equal(await probe.take('c'), 'held')
    },
  },
  {
    name: 'take does not hand back an entry whose time is over',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 10_000 })
      await harness.elapse(10_001)
      assert.equal(await probe.take('b'), 'granted')
    },
  },
  {
    name: 'a lease stands for its time',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a', { leaseMs: 10_000 })
      await harness.elapse(9_000)
      assert.equal(await probe.take('b'), 'held')
    },
  },
  {
    name: 'a lease whose time is over is granted anew',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.take('a', { leaseMs: 10_000 })
      await harness.elapse(10_001)
      assert.equal(await probe.take('b'), 'granted')
      assert.equal(await probe.take('c'), 'held')
    },
  },
  {
    name: 'a lease outlives the entry beside it',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('a', { ttlMs: 10_000 })
      await probe.take('b', { seen: 'a', leaseMs: 60_000 })
      await harness.elapse(10_001)
      assert.equal(await probe.take('c'), 'held')
      assert.equal(await probe.fill('b'), true)
    },
  },
  {
    name: 'leases of different keys have nothing to do with each other',
    async run(harness) {
      const [one, two] = [new KeyProbe(harness, 'one'), new KeyProbe(harness, 'two')]
      assert.equal(await one.take('a'), 'granted')
      assert.equal(await two.take('a'), 'granted')
      await one.release('a')
      assert.equal(await two.take('b'), 'held')
    },
  },
  {
    name: 'take hands back a pending write-behind value before anything else, to every caller',
    requires: (_manifest, harness) => harness.cover !== undefined || 'a harness that can lay a write-behind value',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await probe.put('b')
      await harness.cover?.(probe.key, KeyProbe.frame('pending'))
      assert.equal(await probe.take('a'), 'dirty pending')
      assert.equal(await probe.take('c'), 'dirty pending')
      assert.equal(await probe.take('d', { seen: 'pending' }), 'dirty pending')
      await probe.delete()
      assert.equal(await probe.take('e'), 'dirty pending')
      assert.equal(await probe.fill('e'), false, 'a lease was granted besides')
    },
  },
  {
    name: 'get does not show a pending write-behind value',
    requires: (_manifest, harness) => harness.cover !== undefined || 'a harness that can lay a write-behind value',
    async run(harness) {
      const probe = new KeyProbe(harness)
      await harness.cover?.(probe.key, KeyProbe.frame('pending'))
      assert.equal(await probe.shows(), 'nothing')
    },
  },
]
