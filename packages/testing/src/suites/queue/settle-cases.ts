import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import type { QueueHarness } from './queue-harness.ts'
import { nameOf, QueueProbe } from './queue-probe.ts'
import type { Place } from './queue-probe.ts'

/** Ending a wait: written, or given up. */
export const settleCases: readonly ContractCase<QueueHarness>[] = [
  {
    name: 'a written key waits no longer, and readers ask the source again',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await probe.write('k', 'v')
      assert.equal(await probe.waiting(), 0)
      assert.equal(await probe.take('k'), 'granted')
      assert.equal((await probe.claimAll('b')).size, 0)
    },
  },
  {
    name: 'a value that came while the one before it was written still waits, behind the others',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await probe.enqueue('k', 'v1')
      const place = (await probe.claimAll('a')).get('k') as Place
      assert.equal(nameOf((await probe.fetch('a', place)).frame), 'v1')
      await probe.enqueue('k', 'v2')
      assert.equal(await probe.settle('a', place, 'v1'), 'again')
      assert.equal(await probe.take('k'), 'dirty v2')
      const again = (await probe.claimAll('a')).get('k') as Place
      const write = await probe.fetch('a', again)
      assert.equal(nameOf(write.frame), 'v2')
      assert.equal(write.ref.attempts, 0)
      assert.equal(await probe.settle('a', again, 'v2'), 'settled')
      assert.equal(await probe.waiting(), 0)
    },
  },
  {
    name: 'settling twice does no harm',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await probe.enqueue('k', 'v1')
      await probe.enqueue('other', 'v1')
      const place = (await probe.claimAll('a')).get('k') as Place
      await probe.fetch('a', place)
      await probe.settle('a', place, 'v1')
      await probe.claimAll('a')
      await probe.settle('a', place, 'v1')
      await probe.enqueue('k', 'v2')
      assert.equal((await probe.claimAll('b', { resume: true })).has('k') || (await probe.claimAll('a')).has('k'), true)
      assert.equal(await probe.take('k'), 'dirty v2')
    },
  },
  {
    name: 'a position is passed when all that was acknowledged before it has been settled, whatever has come since',
    async run(harness) {
      const probe = new QueueProbe(harness)
      const empty = await harness.queue.size(harness.name)
      assert.equal(await harness.queue.passed(harness.name, empty.position), true)
      await probe.enqueue('k', 'v1')
      const { position } = await harness.queue.size(harness.name)
      assert.equal(await harness.queue.passed(harness.name, position), false)
      const place = (await probe.claimAll('a')).get('k') as Place
      await probe.fetch('a', place)
      await probe.enqueue('k', 'v2')
      await probe.settle('a', place, 'v1')
      assert.equal(await probe.waiting(), 1)
      assert.equal(await harness.queue.passed(harness.name, position), true)
    },
  },
  {
    name: 'a position is not passed by a value that was written in place of the one that was acknowledged before it',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await probe.enqueue('k', 'v1')
      const place = (await probe.claimAll('a')).get('k') as Place
      await probe.fetch('a', place)
      await probe.enqueue('k', 'v2')
      const { position } = await harness.queue.size(harness.name)
      assert.equal(await probe.settle('a', place, 'v1'), 'again')
      assert.equal(await harness.queue.passed(harness.name, position), false, 'v2 was acknowledged and is not written')
      const again = (await probe.claimAll('a')).get('k') as Place
      await probe.fetch('a', again)
      await probe.settle('a', again, 'v2')
      assert.equal(await harness.queue.passed(harness.name, position), true)
    },
  },
  {
    name: 'a dead letter holds the write, and readers ask the source',
    async run(harness) {
      const probe = new QueueProbe(harness)
      const letter = await probe.kill('k', 'v')
      assert.equal(letter.key, 'k')
      assert.equal(nameOf(letter.frame), 'v')
      assert.equal(letter.reason, 'refused')
      assert.equal(letter.attempts, 1)
      assert.ok(letter.buriedAt > 0 && letter.sequence > 0)
      assert.deepEqual(Buffer.from(letter.label), Buffer.from(QueueProbe.label('k')))
      assert.equal(await probe.waiting(), 0)
      assert.equal(await probe.take('k'), 'granted')
    },
  },
  {
    name: 'a write that was superseded is not buried: the newer one waits',
    async run(harness) {
      const probe = new QueueProbe(harness)
      await probe.enqueue('k', 'v1')
      const place = (await probe.claimAll('a')).get('k') as Place
      await probe.fetch('a', place)
      await probe.enqueue('k', 'v2')
      assert.equal(await probe.bury('a', place, { name: 'v1' }), 'again')
      assert.deepEqual(await probe.buried(), [])
      assert.equal(await probe.take('k'), 'dirty v2')
      assert.equal((await probe.claimAll('a')).has('k'), true)
    },
  },
  {
    name: 'a dead letter that is revived waits again, with its value, label and sequence, and no attempts',
    async run(harness) {
      const probe = new QueueProbe(harness)
      const letter = await probe.kill('k', 'v')
      assert.equal(await probe.take('k', 'loader'), 'granted')
      assert.equal(await probe.revive(letter.id), 'queued')
      assert.equal(await probe.store('k').fill('loader'), false, 'a running load may store over it')
      assert.equal(await probe.take('k'), 'dirty v')
      const write = await probe.fetch('writer', (await probe.claimAll('writer')).get('k') as Place)
      assert.equal(nameOf(write.frame), 'v')
      assert.equal(write.sequence, letter.sequence)
      assert.equal(write.ref.attempts, 0)
      assert.deepEqual(await probe.buried(), [])
      assert.equal(await probe.revive(letter.id), 'missing')
    },
  },
  {
    name: 'a dead letter whose key was written later is not revived: the order of the key would not be kept',
    async run(harness) {
      const probe = new QueueProbe(harness)
      const first = await probe.kill('k', 'v1')
      await probe.enqueue('k', 'v2')
      assert.equal(await probe.revive(first.id), 'superseded')
      assert.equal(await probe.take('k'), 'dirty v2')
      assert.deepEqual(await probe.buried(), [])
      const second = await probe.kill('other', 'v1')
      await probe.write('other', 'v2')
      assert.equal(await probe.revive(second.id), 'superseded')
      assert.equal(await probe.take('other'), 'granted')
    },
  },
  {
    name: 'of two dead letters of one key only the later can be revived',
    async run(harness) {
      const probe = new QueueProbe(harness)
      const first = await probe.kill('k', 'v1')
      await harness.elapse(5)
      const second = await probe.kill('k', 'v2')
      assert.notEqual(first.id, second.id)
      assert.equal(await probe.revive(first.id), 'superseded')
      assert.equal(await probe.revive(second.id), 'queued')
    },
  },
  {
    name: 'a dead letter can be discarded once; ids of others are missing',
    async run(harness) {
      const probe = new QueueProbe(harness)
      const letter = await probe.kill('k', 'v')
      for (const id of ['', 'nonsense', '0:1', '99:1-1', `9${letter.id}`]) {
        assert.equal(await probe.discard(id), false)
        assert.equal(await probe.revive(id), 'missing')
      }
      assert.equal(await probe.discard(letter.id), true)
      assert.equal(await probe.discard(letter.id), false)
      assert.deepEqual(await probe.buried(), [])
    },
  },
  {
    name: 'there is an end to dead letters: a write that finds no room goes on waiting',
    async run(harness) {
      const probe = new QueueProbe(harness)
      const most = harness.manifest.partitions
      for (let i = 0; i < most * 12; i++) await probe.enqueue(`k${i}`, 'v')
      const outcomes: string[] = []
      for (const place of (await probe.claimAll('a')).values()) {
        await probe.fetch('a', place)
        outcomes.push(await probe.bury('a', place, { name: 'v', most }))
      }
      const buried = outcomes.filter((outcome) => outcome === 'settled').length
      assert.equal(buried, most)
      assert.equal(await probe.waiting(), most * 11)
      assert.equal((await probe.buried(most * 12)).length, most)
      assert.equal((await probe.buried(1)).length, 1)
    },
  },
]
