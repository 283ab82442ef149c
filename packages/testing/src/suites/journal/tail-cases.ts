import assert from 'node:assert/strict'
import type { ContractCase } from '../contract-case.ts'
import type { JournalHarness } from './journal-harness.ts'
import { JournalProbe, markOf } from './journal-probe.ts'
import { ODD_NAMES } from './odd-names.ts'

/** Pushes. */
export const tailCases: readonly ContractCase<JournalHarness>[] = [
  {
    name: 'a listener hears a record as sync would answer it',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const start = await probe.head()
      const { heard, close } = await probe.listen(harness)
      for (const kind of ['keys', 'tags', 'cache'] as const) await probe.append(kind, ['one', 'two'])
      await probe.append('tags', ODD_NAMES)
      const records = await probe.after(start)
      await harness.eventually(() => records.every((record) => heard.some((other) => markOf(other) === markOf(record))))
      for (const record of records)
        assert.deepEqual(
          heard.find((other) => markOf(other) === markOf(record)),
          record,
        )
      await close()
    },
  },
  {
    name: 'every listener of a namespace hears a record',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const listeners = [await probe.listen(harness), await probe.listen(harness), await probe.listen(harness)]
      const ref = await probe.keys('a')
      await harness.eventually(() =>
        listeners.every(({ heard }) => heard.some((record) => markOf(record) === markOf(ref))),
      )
      for (const { close } of listeners) await close()
    },
  },
  {
    name: 'a listener hears nothing of other namespaces',
    async run(harness) {
      const [one, two] = [new JournalProbe(harness), new JournalProbe(harness, '2')]
      const { heard, close } = await one.listen(harness)
      const foreign = await two.keys('a')
      const own = await one.keys('a')
      await harness.eventually(() => heard.some((record) => markOf(record) === markOf(own)))
      assert.ok(!heard.some((record) => markOf(record) === markOf(foreign)))
      await close()
    },
  },
  {
    name: 'a closed tail hears nothing more, the others go on, and it may be closed again',
    async run(harness) {
      const probe = new JournalProbe(harness)
      const [closed, open] = [await probe.listen(harness), await probe.listen(harness)]
      await closed.close()
      await closed.close()
      const ref = await probe.keys('a')
      await harness.eventually(() => open.heard.some((record) => markOf(record) === markOf(ref)))
      assert.ok(!closed.heard.some((record) => markOf(record) === markOf(ref)))
      await open.close()
    },
  },
  {
    name: 'a record has reached the listeners before its append resolves, all of them in order',
    requires: ({ delivery }) => delivery === 'inline' || 'inline delivery',
    async run(harness) {
      const probe = new JournalProbe(harness)
      await probe.head()
      const { heard, close } = await probe.listen(harness)
      const refs = []
      for (let i = 0; i < 10; i++) {
        refs.push(await probe.keys(`k${i}`))
        assert.deepEqual(heard.map(markOf), refs.map(markOf))
      }
      await Promise.all(Array.from({ length: 50 }, (_, i) => probe.keys(`p${i}`)))
      assert.equal(heard.length, 60)
      for (const [i, record] of heard.entries()) {
        if (i > 0) assert.equal(record.prev?.id, heard[i - 1]?.id)
      }
      await close()
    },
  },
  {
    name: 'a listener is told to sync once it is subscribed',
    requires: ({ delivery }) => delivery === 'remote' || 'remote delivery',
    async run(harness) {
      let resyncs = 0
      const tail = harness.journal.tail(harness.namespace, { record: () => {}, resync: () => void resyncs++ })
      await harness.eventually(() => resyncs > 0)
      await tail.close()
    },
  },
]
