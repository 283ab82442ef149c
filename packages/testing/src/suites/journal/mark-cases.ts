import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import type { JournalHarness } from './journal-harness.ts'
import { JournalProbe, markOf } from './journal-probe.ts'
import { ODD_NAMES } from './odd-names.ts'

/** Marks: what moves them, who makes them, how long they live. */
export const markCases: readonly ContractCase<JournalHarness>[] = [
  {
    name: 'a mark that nobody made is missing, and asking does not make it',
    async run(harness) {
      const probe = new JournalProbe(harness)
      assert.deepEqual(await probe.marks('#red', '@users'), [undefined, undefined])
      assert.deepEqual(await probe.marks('#red', '@users'), [undefined, undefined])
    },
  },
  {
    name: 'no marks may be asked for, to learn the head',
    requires: ({ delivery }) => delivery !== 'none' || 'records',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const ref = await probe.keys('users:1')
      assert.deepEqual(await harness.journal.marks(probe.namespace, { names: [] }), {
        marks: [],
        head: ref,
        unmoved: true,
      })
    },
  },
  {
    name: 'the head that an empty journal answers can be asked about afterwards',
    requires: ({ delivery }) => delivery !== 'none' || 'records',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const { head, unmoved } = await harness.journal.marks(probe.namespace, { names: ['#red'] })
      assert.equal(unmoved, true)
      assert.equal(await probe.unmoved(head, '#red'), true)
      await probe.tags('red')
      assert.equal(await probe.unmoved(head, '#red'), false)
    },
  },
  {
    name: 'a missing mark is made of the value that the caller gives',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const [one, two] = [JournalProbe.nonce(), JournalProbe.nonce()]
      const request = { names: ['#red', '@users'], create: [one, two], markTtlMs: 60_000 }
      assert.deepEqual((await harness.journal.marks(probe.namespace, request)).marks, [one, two])
      assert.deepEqual(await probe.marks('@users', '#red'), [two, one])
    },
  },
  {
    name: 'a mark that is there keeps its value, whatever another caller would make it of',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const [red] = await probe.create(['#red'])
      const answer = await probe.create(['#blue', '#red'])
      assert.equal(answer[1], red)
      assert.ok(answer[0] !== undefined && answer[0] !== red)
    },
  },
  {
    name: 'of a hundred callers that make a mark at once all get the same value',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const answers = await Promise.all(Array.from({ length: 100 }, () => probe.create(['#red'])))
      assert.equal(new Set(answers.map(([mark]) => mark)).size, 1)
    },
  },
  {
    name: 'a mark asked for twice in one go has one value',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const [one, two] = await probe.create(['#red', '#red'])
      assert.equal(one, two)
      assert.deepEqual(await probe.marks('#red', '#red'), [one, one])
    },
  },
  {
    name: 'a created mark lives for its time',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const made = await probe.create(['#red'], 10_000)
      await harness.elapse(9_000)
      assert.deepEqual(await probe.marks('#red'), made)
      await harness.elapse(1_001)
      assert.deepEqual(await probe.marks('#red'), [undefined])
    },
  },
  {
    name: 'a created mark may live for ever',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const made = await probe.create(['#red'], Infinity)
      await harness.elapse(10_000_000_000)
      assert.deepEqual(await probe.marks('#red'), made)
      assert.deepEqual(await probe.create(['#red'], 10_000), made)
      await harness.elapse(10_001)
      assert.deepEqual(await probe.marks('#red'), made, 'it lives shorter than it was to')
    },
  },
  {
    name: 'asking with create lets a present mark live at least that much longer',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const made = await probe.create(['#red'], 10_000)
      await harness.elapse(8_000)
      await probe.create(['#red'], 10_000)
      await harness.elapse(9_000)
      assert.deepEqual(await probe.marks('#red'), made)
      await harness.elapse(1_001)
      assert.deepEqual(await probe.marks('#red'), [undefined])
    },
  },
  {
    name: 'asking with create never shortens the life of a mark',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const made = await probe.create(['#red'], 60_000)
      await probe.create(['#red'], 1_000)
      await harness.elapse(59_000)
      assert.deepEqual(await probe.marks('#red'), made)
    },
  },
  {
    name: 'asking without create does not prolong a mark',
    async run(harness) {
      const probe = new JournalProbe(harness)
      await probe.create(['#red'], 10_000)
      await harness.elapse(8_000)
      await probe.marks('#red')
      await harness.elapse(2_001)
      assert.deepEqual(await probe.marks('#red'), [undefined])
    },
  },
  {
    name: 'a tag that is invalidated gets the mark of the record, and so does every other it names',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const [, green] = await probe.create(['#red', '#green'])
      const ref = await probe.tags('red', 'blue')
      assert.deepEqual(await probe.marks('#red', '#green', '#blue'), [markOf(ref), green, markOf(ref)])
      const next = await probe.tags('red')
      assert.deepEqual(await probe.marks('#red', '#blue'), [markOf(next), markOf(ref)])
    },
  },
  {
    name: 'a cache that is cleared gets the mark of the record, a tag of the same name does not',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const ref = await probe.cache('users')
      assert.deepEqual(await probe.marks('@users', '#users'), [markOf(ref), undefined])
      const next = await probe.tags('users')
      assert.deepEqual(await probe.marks('@users', '#users'), [markOf(ref), markOf(next)])
    },
  },
  {
    name: 'a record of keys moves no mark',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const made = await probe.create(['#red', '@users'])
      await probe.keys('red', 'users', '#red', '@users', 'users:1')
      assert.deepEqual(await probe.marks('#red', '@users'), made)
    },
  },
  {
    name: 'a moved mark lives for its time, longer than the one it replaced',
    async run(harness) {
      const probe = new JournalProbe(harness)
      await probe.create(['#red'], 10_000)
      const ref = await probe.append('tags', ['red'], { markTtlMs: 60_000 })
      await harness.elapse(59_000)
      assert.deepEqual(await probe.marks('#red'), [markOf(ref)])
      await harness.elapse(1_001)
      assert.deepEqual(await probe.marks('#red'), [undefined])
    },
  },
  {
    name: 'a moved mark may live for ever',
    async run(harness) {
      const probe = new JournalProbe(harness)
      await probe.create(['#red'], 10_000)
      const ref = await probe.append('tags', ['red'], { markTtlMs: Infinity })
      await harness.elapse(10_000_000_000)
      assert.deepEqual(await probe.marks('#red'), [markOf(ref)])
    },
  },
  {
    name: 'times of marks need not be whole milliseconds',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const made = await probe.create(['#red'], 60_000.123456)
      assert.deepEqual(await probe.create(['#red'], 70_000.5), made)
      const ref = await probe.append('tags', ['red'], { markTtlMs: 80_000.75 })
      assert.deepEqual(await probe.marks('#red'), [markOf(ref)])
    },
  },
  {
    name: 'after invalidations at once the mark is that of the last record',
    requires: ({ delivery }) => delivery !== 'none' || 'records',
    async run(harness) {
      const probe = new JournalProbe(harness)
      await Promise.all(Array.from({ length: 100 }, () => probe.tags('red')))
      assert.deepEqual(await probe.marks('#red'), [markOf(await probe.head())])
    },
  },
  {
    name: 'marks of names with odd characters are told apart',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const names = ODD_NAMES.map((name) => `#${name}`)
      const expected = [...(await probe.create(names))]
      assert.equal(new Set(expected).size, names.length)
      for (const [i, name] of ODD_NAMES.entries()) {
        expected[i] = markOf(await probe.tags(name))
        assert.deepEqual(await probe.marks(...names), expected, JSON.stringify(name.slice(0, 20)))
      }
    },
  },
  {
    name: 'ten thousand marks may be asked for and made in one go',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const names = Array.from({ length: 10_000 }, (_, i) => `#tag ${i}`)
      const made = await probe.create(names)
      assert.equal(new Set(made).size, 10_000)
      assert.deepEqual(await probe.marks(...names), made)
    },
  },
]
