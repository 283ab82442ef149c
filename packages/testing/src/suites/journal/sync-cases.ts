import assert from 'node:assert/strict'
import { compareIds } from '@larder/core/contracts'
import type { ContractCase } from '../contract-case.ts'
import type { JournalHarness } from './journal-harness.ts'
import { JournalProbe, markOf } from './journal-probe.ts'

/** Catching up, and finding what was lost. */
export const syncCases: readonly ContractCase<JournalHarness>[] = [
  {
    name: 'sync answers what came after the cursor, oldest first',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const refs = [await probe.keys('a'), await probe.tags('b'), await probe.cache('c'), await probe.keys('d')]
      for (const [i, ref] of refs.entries()) {
        const records = await probe.after(ref)
        assert.deepEqual(records.map(markOf), refs.slice(i + 1).map(markOf))
      }
    },
  },
  {
    name: 'sync without a cursor is always a reset',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const first = await probe.reset(undefined)
      const ref = await probe.keys('a')
      assert.deepEqual(await probe.reset(undefined), { kind: 'reset', head: ref, firstId: first.firstId })
    },
  },
  {
    name: 'sync from a cursor that the journal does not know is a reset',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const { firstId } = await probe.reset(undefined)
      const one = await probe.keys('a')
      const head = await probe.keys('b')
      const expected = { kind: 'reset', head, firstId }
      assert.deepEqual(await probe.reset({ id: one.id, nonce: head.nonce }), expected, 'the nonce of another record')
      assert.deepEqual(await probe.reset({ id: head.id, nonce: JournalProbe.nonce() }), expected, 'another nonce')
      assert.deepEqual(await probe.reset({ id: '1-1', nonce: one.nonce }), expected, 'an older id')
      assert.deepEqual(await probe.reset({ id: '99999999999999-0', nonce: one.nonce }), expected, 'an id yet to come')
      assert.deepEqual(await probe.reset({ id: '0-0', nonce: '' }), expected, 'the origin')
    },
  },
  {
    name: 'sync of an empty journal with a cursor is a reset to a genesis record',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const { head, firstId } = await probe.reset({ id: '5-5', nonce: JournalProbe.nonce() })
      assert.equal(head.id, firstId)
      assert.deepEqual(await probe.after(head), [])
    },
  },
  {
    name: 'sync answers thousands of records whole',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const start = await probe.head()
      for (let i = 0; i < 3_000; i += 500)
        await Promise.all(Array.from({ length: 500 }, (_, j) => probe.keys(`k${i + j}`)))
      const records = await probe.after(start)
      assert.equal(records.length, 3_000)
      assert.equal(new Set(records.flatMap((record) => record.items)).size, 3_000)
    },
  },
  {
    name: 'a cursor that was trimmed is a reset, with a later first id',
    requires: (_manifest, harness) => harness.trim !== undefined || 'a harness that can trim',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const ref = await probe.keys('a')
      await harness.trim?.()
      const { head, firstId } = await probe.reset(ref)
      assert.ok(compareIds(firstId, ref.id) > 0)
      assert.ok(compareIds(head.id, firstId) >= 0)
      const next = await probe.keys('b')
      assert.deepEqual((await probe.after(head)).map(markOf), [markOf(next)])
    },
  },
  {
    name: 'trimming does not touch marks',
    requires: (_manifest, harness) => harness.trim !== undefined || 'a harness that can trim',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const ref = await probe.tags('red')
      await harness.trim?.()
      assert.deepEqual(await probe.marks('#red'), [markOf(ref)])
    },
  },
  {
    name: 'trimmed records do not count as missing',
    requires: (_manifest, harness) => harness.trim !== undefined || 'a harness that can trim',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const refs = [await probe.keys('a'), await probe.keys('b')]
      await harness.trim?.()
      assert.deepEqual(await probe.missing(...refs), [])
    },
  },
  {
    name: 'a wiped journal starts anew: old cursors are resets, and nothing from before counts as missing',
    requires: (_manifest, harness) => harness.wipe !== undefined || 'a harness that can wipe',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const before = await probe.head()
      const ref = await probe.keys('a')
      await harness.wipe?.()
      const { head } = await probe.reset(ref)
      assert.notEqual(head.nonce, before.nonce)
      assert.deepEqual(await probe.missing(before, ref), [])
      await probe.keys('b')
      await probe.reset(ref)
      await probe.reset(before)
    },
  },
  {
    name: 'records that are there are not missing',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const refs = [await probe.head(), await probe.keys('a'), await probe.tags('b')]
      assert.deepEqual(await probe.missing(...refs), [])
      assert.deepEqual(await probe.missing(), [])
    },
  },
  {
    name: 'records newer than the oldest that are not there are missing, in the order they were asked for',
    async run(harness) {
      const probe = new JournalProbe(harness)
      await probe.head()
      const one = await probe.keys('a')
      const two = await probe.keys('b')
      const otherNonce = { id: two.id, nonce: JournalProbe.nonce() }
      const later = { id: '99999999999999-7', nonce: JournalProbe.nonce() }
      const between = { id: `${one.id.split('-')[0]}-999999`, nonce: JournalProbe.nonce() }
      assert.deepEqual(await probe.missing(later, one, otherNonce, two, between), [later, otherNonce, between])
    },
  },
  {
    name: 'records as old as the oldest or older never count as missing',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const { head } = await probe.reset(undefined)
      await probe.keys('a')
      const older = { id: '1-1', nonce: JournalProbe.nonce() }
      const sameId = { id: head.id, nonce: JournalProbe.nonce() }
      assert.deepEqual(await probe.missing(older, sameId), [])
    },
  },
  {
    name: 'nothing is missing from an empty journal',
    async run(harness) {
      const probe = new JournalProbe(harness)
      assert.deepEqual(await probe.missing({ id: '5-5', nonce: JournalProbe.nonce() }), [])
    },
  },
  {
    name: 'ids are compared as numbers',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const head = await probe.head()
      const [ms, sequence] = head.id.split('-').map(Number) as [number, number]
      const longer = { id: `${ms * 10}-0`, nonce: JournalProbe.nonce() }
      const tenth = { id: `${ms}-${sequence + 10}`, nonce: JournalProbe.nonce() }
      // As text it is the greatest of all.
      const shorter = { id: '9-9', nonce: JournalProbe.nonce() }
      assert.deepEqual(await probe.missing(longer, shorter, tenth), [longer, tenth])
    },
  },
]
