import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import type { QueueHarness } from './queue-harness.ts'
import { nameOf, QueueProbe } from './queue-probe.ts'
import type { Place } from './queue-probe.ts'

/** Acknowledging a write: it waits, and readers see it. */
export const enqueueCases: readonly ContractCase<QueueHarness>[] = [
  {
    name: 'a queue that nothing was put into is empty, and ready',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await harness.queue.ready()
      assert.equal(await probe.waiting(), 0)
      assert.equal((await probe.claimAll('a')).size, 0)
      assert.deepEqual(await probe.buried(), [])
    },
  },
  {
    name: 'a write comes back with its key, its label and its value as they were given',
    async run(harness) {
      const probe = new QueueProbe(harness)
      const payload = Uint8Array.from({ length: 256 }, (_, i) => i)
      for (const key of ['', 'a', 'a:b', 'ä€😀', '%7B%7D', 'k'.repeat(2_000)])
        await probe.enqueue(key, 'v', { payload })
      const places = await probe.claimAll('a')
      assert.equal(places.size, 6)
      for (const [key, place] of places) {
        const { frame, ref } = await probe.fetch('a', place)
        assert.deepEqual(Buffer.from(ref.label), Buffer.from(QueueProbe.label(key)))
        assert.equal(nameOf(frame), 'v')
        assert.deepEqual(Buffer.from(frame.subarray(-256)), Buffer.from(payload))
      }
    },
  },
  {
    name: 'take answers a waiting value before anything else, and get does not show it',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await probe.store('k').put('old')
      await probe.enqueue('k', 'new')
      assert.equal(await probe.take('k'), 'dirty new')
      assert.equal(await probe.store('k').shows(), 'nothing')
      assert.deepEqual(await probe.pending('k', 'other'), ['new', undefined])
    },
  },
  {
    name: 'a load that began before a write cannot store what it read',
    async run(harness) {
      const probe = new QueueProbe(harness)
      assert.equal(await probe.take('k', 'loader'), 'granted')
      await probe.enqueue('k', 'new')
      assert.equal(await probe.store('k').fill('loader'), false)
      assert.equal(await probe.store('k').shows(), 'nothing')
    },
  },
  {
    name: 'a waiting value outlasts deletes, expiries and time',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await probe.enqueue('k', 'new')
      await probe.store('k').delete()
      await probe.store('k').expire(60_000)
      await harness.elapse(30 * 86_400_000)
      assert.equal(await probe.take('k'), 'dirty new')
      assert.equal(await probe.waiting(), 1)
    },
  },
  {
    name: 'of several writes of one key the last one waits, in one place',
    async run(harness) {
      const probe = new QueueProbe(harness)
      for (const name of ['v1', 'v2', 'v3']) assert.equal(await probe.enqueue('k', name), 'queued')
      assert.equal(await probe.waiting(), 1)
      const places = await probe.claimAll('a')
      assert.equal(nameOf((await probe.fetch('a', places.get('k') as Place)).frame), 'v3')
    },
  },
  {
    name: 'the sequence grows with every write of a key, also across its being settled',
    async run(harness) {
      const probe = new QueueProbe(harness)
      let last = 0
      for (const name of ['v1', 'v2', 'v3', 'v4']) {
        await probe.enqueue('k', name)
        const place = (await probe.claimAll('a')).get('k') as Place
        const { sequence } = await probe.fetch('a', place)
        assert.ok(Number.isSafeInteger(sequence) && sequence > last, `${sequence} after ${last}`)
        last = sequence
        await probe.settle('a', place, name)
      }
    },
  },
  {
    name: 'a write of an older version than one that is known is not queued',
    requires: (_manifest, { store }) => store.manifest.versions || 'versions',
    async run(harness) {
      const probe = new QueueProbe(harness)
      assert.equal(await probe.enqueue('k', 'v7', { version: 7 }), 'queued')
      assert.equal(await probe.enqueue('k', 'v6', { version: 6 }), 'newer')
      assert.equal(await probe.enqueue('k', 'v8', { version: 8 }), 'queued')
      assert.equal(await probe.take('k'), 'dirty v8')
      const place = (await probe.claimAll('a')).get('k') as Place
      await probe.fetch('a', place)
      await probe.settle('a', place, 'v8')
      assert.equal(await probe.enqueue('k', 'v7', { version: 7 }), 'newer', 'the version was forgotten with the value')
      assert.equal(await probe.take('k'), 'granted')
    },
  },
  {
    name: 'nothing is set over a waiting value, unless versions say that it is newer',
    requires: (_manifest, { store }) => store.manifest.versions || 'versions',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await probe.enqueue('plain', 'new')
      assert.equal(await probe.store('plain').set('old'), 'newer')
      assert.equal(await probe.store('plain').set('old', { version: 9 }), 'newer')
      await probe.enqueue('versioned', 'new', { version: 5 })
      assert.equal(await probe.store('versioned').set('old', { version: 5 }), 'newer')
      assert.equal(await probe.store('versioned').set('old'), 'newer')
      assert.notEqual(await probe.store('versioned').set('newer', { version: 6 }), 'newer')
    },
  },
  {
    name: 'a full queue takes no further key, but newer values of those it has; room that is made is given',
    async run(harness) {
      const probe = new QueueProbe(harness)
      const most = harness.manifest.partitions * 2
      const taken: string[] = []
      for (let i = 0; i < most * 20; i++) {
        const enqueued = await probe.enqueue(`k${i}`, 'v1', { most })
        if (enqueued === 'queued') taken.push(`k${i}`)
        else assert.equal(enqueued, 'full')
      }
      assert.equal(taken.length, most)
      assert.equal(await probe.waiting(), most)
      assert.equal(await probe.take('k999'), 'granted', 'a refused write left a value behind')
      const [first] = taken as [string]
      assert.equal(await probe.enqueue(first, 'v2', { most }), 'queued')
      const place = (await probe.claimAll('a')).get(first) as Place
      await probe.fetch('a', place)
      await probe.settle('a', place, 'v2')
      assert.equal(await probe.enqueue(first, 'v3', { most }), 'queued')
    },
  },
  {
    name: 'queues of two caches, and of two namespaces, have nothing to do with each other',
    async run(harness) {
      const probe = new QueueProbe(harness)
      const cache = new QueueProbe({ ...harness, name: { ...harness.name, cache: `${harness.name.cache}2` } })
      const space = new QueueProbe({ ...harness, name: { ...harness.name, namespace: `${harness.name.namespace}2` } })
      await probe.enqueue('k', 'mine')
      for (const other of [cache, space]) {
        assert.equal(await other.waiting(), 0)
        assert.equal(await other.take('k'), 'granted')
        assert.equal((await other.claimAll('a')).size, 0)
      }
    },
  },
]
