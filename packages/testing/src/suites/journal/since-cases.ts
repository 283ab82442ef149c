import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import type { JournalHarness } from './journal-harness.ts'
import { JournalProbe } from './journal-probe.ts'

/** `marks` with `since`: whether a tag may have moved while a load was running. */
export const sinceCases: readonly ContractCase<JournalHarness>[] = [
  {
    name: 'without since nothing counts as moved',
    async run(harness) {
      const probe = new JournalProbe(harness)
      await probe.tags('red')
      assert.equal((await harness.journal.marks(probe.namespace, { names: ['#red'] })).unmoved, true)
    },
  },
  {
    name: 'nothing has moved since the last record',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const ref = await probe.tags('red')
      assert.deepEqual(await probe.since(ref, '#red'), { marks: [`${ref.id}:${ref.nonce}`], head: ref, unmoved: true })
    },
  },
  {
    name: 'records of keys and of other tags move nothing',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const start = await probe.head()
      await probe.keys('users:1', 'red', '#red')
      await probe.tags('blue', 'users', '#red', '@users')
      assert.equal(await probe.unmoved(start, '#red', '@users'), true)
    },
  },
  {
    name: 'a later record that names one of the tags counts',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const start = await probe.head()
      const ref = await probe.tags('blue', 'red')
      await probe.keys('users:1')
      assert.equal(await probe.unmoved(start, '#green', '#red'), false)
      assert.equal(await probe.unmoved(start, '#green'), true)
      assert.equal(await probe.unmoved(ref, '#green', '#red'), true, 'the record itself counts')
    },
  },
  {
    name: 'a later clearing of any cache counts, whatever is asked for',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const start = await probe.head()
      const ref = await probe.cache('orders')
      assert.equal(await probe.unmoved(start, '#red'), false)
      assert.equal(await probe.unmoved(start), false)
      assert.equal(await probe.unmoved(ref, '#red', '@orders'), true)
    },
  },
  {
    name: 'a since that the journal does not know counts as moved',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const ref = await probe.keys('users:1')
      await probe.keys('users:2')
      assert.equal(await probe.unmoved({ id: ref.id, nonce: JournalProbe.nonce() }, '#red'), false, 'another nonce')
      assert.equal(await probe.unmoved({ id: '1-1', nonce: ref.nonce }, '#red'), false, 'an older id')
      assert.equal(
        await probe.unmoved({ id: '99999999999999-0', nonce: ref.nonce }, '#red'),
        false,
        'an id yet to come',
      )
      assert.equal(await probe.unmoved({ id: '0-0', nonce: '' }, '#red'), false, 'the origin')
    },
  },
  {
    name: 'the id of the last record with another nonce counts as moved',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const ref = await probe.keys('users:1')
      assert.equal(await probe.unmoved({ id: ref.id, nonce: JournalProbe.nonce() }, '#red'), false)
    },
  },
  {
    name: 'an empty journal knows no since',
    async run(harness) {
      const probe = new JournalProbe(harness)
      assert.equal(await probe.unmoved({ id: '1-1', nonce: JournalProbe.nonce() }, '#red'), false)
    },
  },
  {
    name: 'marks are made even if one has moved',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const start = await probe.head()
      const ref = await probe.tags('red')
      const made = JournalProbe.nonce()
      const answer = await harness.journal.marks(probe.namespace, {
        names: ['#red', '#blue'],
        create: [JournalProbe.nonce(), made],
        markTtlMs: 60_000,
        since: start,
      })
      assert.deepEqual(answer, { marks: [`${ref.id}:${ref.nonce}`, made], head: ref, unmoved: false })
      assert.deepEqual(await probe.marks('#blue'), [made])
    },
  },
  {
    name: 'a since that was trimmed counts as moved',
    requires: (_manifest, harness) => harness.trim !== undefined || 'a harness that can trim',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const ref = await probe.keys('users:1')
      await harness.trim?.()
      assert.equal(await probe.unmoved(ref, '#red'), false)
    },
  },
  {
    name: 'a since from before the journal was wiped counts as moved',
    requires: (_manifest, harness) => harness.wipe !== undefined || 'a harness that can wipe',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const ref = await probe.keys('users:1')
      await harness.wipe?.()
      assert.equal(await probe.unmoved(ref, '#red'), false)
      await probe.keys('users:2')
      assert.equal(await probe.unmoved(ref, '#red'), false)
    },
  },
]
