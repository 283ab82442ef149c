import assert from 'node:assert/strict'
import type { RecordRef } from '@larder/core/contracts'
import type { ContractCase } from '../contract-case.ts'
import type { JournalHarness } from './journal-harness.ts'
import { JournalProbe } from './journal-probe.ts'

/** The head as a load gets it that begins now. */
async function headOf(harness: JournalHarness, namespace: string): Promise<RecordRef> {
  const request = { names: ['@suite'], create: [JournalProbe.nonce()], markTtlMs: 3_600_000 }
  return (await harness.journal.marks(namespace, request)).head
}

const cases: readonly ContractCase<JournalHarness>[] = [
  {
    name: 'the head stands still while nothing is invalidated, and for keys',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const head = await headOf(harness, probe.namespace)
      await probe.create(['#red'])
      await probe.keys('users:1')
      assert.equal(await probe.unmoved(head, '#red'), true)
      assert.deepEqual(await headOf(harness, probe.namespace), head)
    },
  },
  {
    name: 'an invalidation of any tag or cache since the head counts as a move',
    async run(harness) {
      const probe = new JournalProbe(harness)
      for (const move of [() => probe.tags('red'), () => probe.tags('blue'), () => probe.cache('users')]) {
        const head = await headOf(harness, probe.namespace)
        await move()
        assert.equal(await probe.unmoved(head, '#red'), false)
        assert.equal(await probe.unmoved(await headOf(harness, probe.namespace), '#red'), true)
      }
    },
  },
  {
    name: 'whoever sees a moved mark sees that the head has moved',
    async run(harness) {
      const probe = new JournalProbe(harness)
      for (let round = 0; round < 50; round++) {
        const head = await headOf(harness, probe.namespace)
        const [before] = await probe.create(['#red'])
        const moving = probe.tags('red')
        for (let look = 0; look < 10; look++) {
          const { marks, unmoved } = await probe.since(head, '#red')
          if (unmoved) assert.deepEqual(marks, [before], 'a mark has moved although the head has not')
        }
        await moving
      }
    },
  },
  {
    name: 'a head of another namespace, or of none, is unknown',
    async run(harness) {
      const [one, two] = [new JournalProbe(harness), new JournalProbe(harness, '2')]
      const [headOne, headTwo] = [await headOf(harness, one.namespace), await headOf(harness, two.namespace)]
      assert.equal(await two.unmoved(headOne, '#red'), false)
      assert.equal(await two.unmoved({ id: '0-0', nonce: '' }, '#red'), false)
      const [red] = await two.create(['#red'])
      await one.tags('red')
      assert.equal(await two.unmoved(headTwo, '#red'), true)
      assert.deepEqual(await two.marks('#red'), [red])
    },
  },
  {
    name: 'after invalidations at once every mark of before is gone',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const before = await probe.create(['#red'])
      const refs = await Promise.all(Array.from({ length: 100 }, () => probe.tags('red')))
      const [mark] = await probe.marks('#red')
      assert.notDeepEqual([mark], before)
      assert.ok(refs.some(({ id, nonce }) => mark === `${id}:${nonce}`))
    },
  },
  {
    name: 'what was missed is never known, and nothing is lost by a failover',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const ref = await probe.tags('red')
      await probe.reset(undefined)
      await probe.reset(ref)
      assert.deepEqual(await probe.missing(ref), [])
    },
  },
  {
    name: 'a tail hears nothing, and may be closed twice',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const { heard, close } = await probe.listen(harness)
      await probe.tags('red')
      assert.deepEqual(heard, [])
      await close()
      await close()
    },
  },
]

/** Marks without records: what stands for the journal's end, and that it moves before the marks do. */
export const turnCases: readonly ContractCase<JournalHarness>[] = cases.map((turnCase) => ({
  ...turnCase,
  requires: ({ delivery }) => delivery === 'none' || 'a journal without delivery',
}))
