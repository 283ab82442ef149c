import assert from 'node:assert/strict'
import { compareIds } from '@larder/core/contracts'
import type { ContractCase } from '../contract-case.ts'
import type { JournalHarness } from './journal-harness.ts'
import { JournalProbe, markOf } from './journal-probe.ts'
import { ODD_NAMES } from './odd-names.ts'

/** Appending: a chain without gaps. */
export const appendCases: readonly ContractCase<JournalHarness>[] = [
  {
    name: 'an empty journal opens with a genesis record when somebody syncs',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const { head, firstId } = await probe.reset(undefined)
      assert.match(head.id, /^\d+-\d+$/)
      assert.ok(head.nonce.length > 0, 'the genesis record has no nonce')
      assert.equal(firstId, head.id)
      assert.deepEqual(await probe.after(head), [])
    },
  },
  {
    name: 'an empty journal opens with a genesis record when somebody appends',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const ref = await probe.keys('users:1')
      const { head, firstId } = await probe.reset(undefined)
      assert.deepEqual(head, ref)
      assert.ok(compareIds(firstId, ref.id) < 0, 'there is no record before the first append')
    },
  },
  {
    name: 'the genesis record is written once',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const heads = await Promise.all(Array.from({ length: 20 }, () => probe.head()))
      for (const head of heads) assert.deepEqual(head, heads[0])
    },
  },
  {
    name: 'append answers the id it gave and the nonce it was given',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const ref = await probe.append('keys', ['users:1'], { nonce: 'AbCdEf-_01234567' })
      assert.equal(ref.nonce, 'AbCdEf-_01234567')
      assert.match(ref.id, /^\d+-\d+$/)
      assert.deepEqual(Object.keys(ref).sort(), ['id', 'nonce'])
    },
  },
  {
    name: 'a record arrives as it was appended, whatever its kind',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const start = await probe.head()
      const refs = [
        await probe.keys('users:1', 'users:2'),
        await probe.tags('red'),
        await probe.cache('users', 'orders'),
      ]
      const records = await probe.after(start)
      assert.deepEqual(
        records.map(({ kind, origin, items }) => ({ kind, origin, items: [...items] })),
        [
          { kind: 'keys', origin: 'node-1', items: ['users:1', 'users:2'] },
          { kind: 'tags', origin: 'node-1', items: ['red'] },
          { kind: 'cache', origin: 'node-1', items: ['users', 'orders'] },
        ],
      )
      assert.deepEqual(
        records.map(({ id, nonce }) => ({ id, nonce })),
        refs,
      )
    },
  },
  {
    name: 'every record names the one before it',
    async run(harness) {
      const probe = new JournalProbe(harness)
      let before = await probe.head()
      for (const kind of ['keys', 'tags', 'cache', 'keys'] as const) {
        const ref = await probe.append(kind, ['x'])
        const [record, ...more] = await probe.after(before)
        assert.deepEqual(record?.prev, before)
        assert.equal(more.length, 0)
        before = ref
      }
    },
  },
  {
    name: 'a thousand appends at once make one chain',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const start = await probe.head()
      const refs = await Promise.all(
        Array.from({ length: 1000 }, (_, i) =>
          probe.append((['keys', 'tags', 'cache'] as const)[i % 3] ?? 'keys', [`i${i}`]),
        ),
      )
      assert.equal(new Set(refs.map(markOf)).size, 1000)
      const records = await probe.after(start)
      assert.equal(records.length, 1000)
      let before = start
      for (const record of records) {
        assert.deepEqual(record.prev, before)
        assert.ok(compareIds(record.id, before.id) > 0, 'an id does not follow the one before it')
        before = { id: record.id, nonce: record.nonce }
      }
      assert.deepEqual(new Set(records.map(markOf)), new Set(refs.map(markOf)))
    },
  },
  {
    name: 'appending again after an unknown outcome makes a second record',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const start = await probe.head()
      const nonce = JournalProbe.nonce()
      const one = await probe.append('tags', ['red'], { nonce })
      const two = await probe.append('tags', ['red'], { nonce })
      assert.notEqual(one.id, two.id)
      assert.deepEqual((await probe.after(start)).map(markOf), [markOf(one), markOf(two)])
      assert.deepEqual(await probe.marks('#red'), [markOf(two)])
    },
  },
  {
    name: 'items and origins may hold any characters',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const start = await probe.head()
      for (const kind of ['keys', 'tags', 'cache'] as const) await probe.append(kind, ODD_NAMES)
      const { namespace } = probe
      const details = { nonce: JournalProbe.nonce(), kind: 'keys', items: ['x'], markTtlMs: 60_000 } as const
      for (const origin of ODD_NAMES) await harness.journal.append(namespace, { ...details, origin })
      const records = await probe.after(start)
      for (const record of records.slice(0, 3)) assert.deepEqual([...record.items], ODD_NAMES)
      assert.deepEqual(
        records.slice(3).map((record) => record.origin),
        ODD_NAMES,
      )
    },
  },
  {
    name: 'a record may name ten thousand items',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const start = await probe.head()
      const items = Array.from({ length: 10_000 }, (_, i) => `item ${i}`)
      const ref = await probe.append('tags', items)
      assert.deepEqual([...((await probe.after(start))[0]?.items ?? [])], items)
      assert.deepEqual(await probe.marks('#item 0', '#item 9999'), [markOf(ref), markOf(ref)])
    },
  },
  {
    name: 'two namespaces have journals and marks of their own',
    async run(harness) {
      const [one, two] = [new JournalProbe(harness), new JournalProbe(harness, '2')]
      const [headOne, headTwo] = [await one.head(), await two.head()]
      assert.notEqual(headOne.nonce, headTwo.nonce)
      const ref = await one.tags('red')
      assert.equal((await one.after(headOne)).length, 1)
      assert.deepEqual(await two.after(headTwo), [])
      assert.deepEqual(await two.marks('#red'), [undefined])
      assert.equal(await two.unmoved(headTwo, '#red'), true)
      await two.reset(ref)
    },
  },
]
