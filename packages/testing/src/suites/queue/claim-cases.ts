import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import type { QueueHarness } from './queue-harness.ts'
import { nameOf, QueueProbe } from './queue-probe.ts'
import type { Place } from './queue-probe.ts'

/** Owning a partition, and handing writes over. */
export const claimCases: readonly ContractCase<QueueHarness>[] = [
  {
    name: 'a partition with work has one owner at a time',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await probe.enqueue('k', 'v')
      const { partition } = (await probe.claimAll('a')).get('k') as Place
      assert.equal((await probe.claim(partition, 'b')).kind, 'held')
      assert.equal((await probe.claim(partition, 'a')).kind, 'owned')
    },
  },
  {
    name: 'an owner gets each key once, and at most as many as it asks for',
    async run(harness) {
      const probe = new QueueProbe(harness)
      for (let i = 0; i < 50; i++) await probe.enqueue(`k${i}`, 'v')
      const seen: string[] = []
      for (let round = 0; round < 60; round++) {
        for (let partition = 0; partition < harness.manifest.partitions; partition++) {
          const claimed = await probe.claim(partition, 'a', { most: 3 })
          if (claimed.kind !== 'owned') continue
          assert.ok(claimed.refs.length <= 3)
          seen.push(...claimed.refs.map(({ key }) => key))
        }
      }
      assert.deepEqual([...new Set(seen)].length, seen.length)
      assert.equal(seen.length, 50)
    },
  },
  {
    name: 'a claim for none only prolongs',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await probe.enqueue('k', 'v')
      assert.equal((await probe.claimAll('a', { most: 0, leaseMs: 10_000 })).size, 0)
      await harness.elapse(8_000)
      await probe.claimAll('a', { most: 0, leaseMs: 10_000 })
      await harness.elapse(8_000)
      assert.equal((await probe.claimAll('b')).size, 0, 'the owner lost it')
      assert.equal((await probe.claimAll('a')).size, 1)
    },
  },
  {
    name: 'when the owner is gone another gets all that it had, and what has come since; the former owner has nothing to say',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await probe.enqueue('k', 'v1')
      const mine = (await probe.claimAll('a', { leaseMs: 10_000 })).get('k') as Place
      await probe.fetch('a', mine)
      await harness.elapse(10_001)
      const theirs = (await probe.claimAll('b')).get('k') as Place
      assert.equal(theirs.ref.attempts, 1, 'the attempt of the former owner was not counted')
      assert.equal(await probe.settle('a', mine, 'v1'), 'lost')
      assert.equal(await probe.bury('a', mine, { name: 'v1' }), 'lost')
      const refs = [mine.ref]
      assert.equal((await harness.queue.fetch(harness.name, mine.partition, { token: 'a', refs })).kind, 'lost')
      assert.equal((await probe.claim(mine.partition, 'a')).kind, 'held')
      assert.equal(nameOf((await probe.fetch('b', theirs)).frame), 'v1')
      assert.equal(await probe.settle('b', theirs, 'v1'), 'settled')
    },
  },
  {
    name: 'a partition that is given up is free at once, for others only if it is the owner who gives it up',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await probe.enqueue('k', 'v')
      const { partition } = (await probe.claimAll('a')).get('k') as Place
      await harness.queue.release(harness.name, partition, 'b')
      assert.equal((await probe.claim(partition, 'b')).kind, 'held')
      await harness.queue.release(harness.name, partition, 'a')
      const claimed = await probe.claim(partition, 'b')
      assert.ok(claimed.kind === 'owned' && claimed.all)
      assert.deepEqual(
        claimed.refs.map(({ key }) => key),
        ['k'],
      )
    },
  },
  {
    name: 'an owner that asks to resume gets again what it has not settled',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await probe.enqueue('k', 'v')
      assert.equal((await probe.claimAll('a')).size, 1)
      assert.equal((await probe.claimAll('a')).size, 0)
      assert.equal((await probe.claimAll('a', { resume: true })).size, 1)
    },
  },
  {
    name: 'attempts are counted one by one, and start anew with a newer value',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await probe.enqueue('k', 'v1')
      const place = (await probe.claimAll('a')).get('k') as Place
      for (const attempts of [0, 1, 2]) assert.equal((await probe.fetch('a', place)).ref.attempts, attempts)
      await probe.enqueue('k', 'v2')
      const write = await probe.fetch('a', place)
      assert.equal(nameOf(write.frame), 'v2')
      assert.equal(write.ref.attempts, 0)
    },
  },
  {
    name: 'keys whose places were trimmed are found again by the next owner',
    requires: (_manifest, harness) => harness.trim !== undefined || 'a harness that can trim',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await probe.enqueue('k', 'v1')
      await probe.enqueue('later', 'v1')
      await harness.trim?.()
      await probe.enqueue('later', 'v2')
      const places = await probe.claimAll('a')
      assert.deepEqual([...places.keys()].sort(), ['k', 'later'])
      assert.equal(nameOf((await probe.fetch('a', places.get('k') as Place)).frame), 'v1')
      assert.deepEqual(Buffer.from((places.get('k') as Place).ref.label), Buffer.from(QueueProbe.label('k')))
    },
  },
  {
    name: 'a value that somebody removed is told of as gone, and its key waits no longer',
    requires: (_manifest, harness) => harness.remove !== undefined || 'a harness that can remove',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await probe.enqueue('k', 'v1')
      const { partition, ref } = (await probe.claimAll('a')).get('k') as Place
      await harness.remove?.('k')
      const fetched = await harness.queue.fetch(harness.name, partition, { token: 'a', refs: [ref] })
      assert.ok(fetched.kind === 'writes')
      assert.deepEqual([fetched.writes.length, fetched.gone.map(({ key }) => key)], [0, ['k']])
      assert.equal(await probe.waiting(), 0)
    },
  },
]
