import { expect, test } from 'vitest'
import type { Clock } from '../contracts/clock.ts'
import type { Append, JournalRecord } from '../contracts/journal.ts'
import { StoreUnavailableError } from '../errors/store-unavailable-error.ts'
import { systemRandom } from '../random.ts'
import { MemoryJournal } from './memory-journal.ts'

const wall = { ms: 1_000 }
const clock: Clock = { now: () => wall.ms, monotonic: () => 0, after: () => ({ cancel: () => {} }) }

function open(bounds: { readonly maxRecords?: number; readonly maxMarks?: number } = {}): MemoryJournal {
  wall.ms = 1_000
  return new MemoryJournal({ maxRecords: 100, maxMarks: 100, clock, random: systemRandom, ...bounds })
}

function keys(...items: readonly string[]): Append {
  return { nonce: systemRandom.token(), origin: 'n', kind: 'keys', items, markTtlMs: 60_000 }
}

function listener(record: (record: JournalRecord) => void): {
  record(record: JournalRecord): void
  resync(): void
  resyncs: number
} {
  return {
    record,
    resync() {
      this.resyncs++
    },
    resyncs: 0,
  }
}

test('ids follow the wall clock, and do not go back with it', async () => {
  const journal = open()
  const ids: string[] = []
  for (const ms of [1_000, 1_000, 2_000.7, 500, 1_999, 2_000, 2_001]) {
    wall.ms = ms
    ids.push((await journal.append('ns', keys('a'))).id)
  }
  expect(ids).toEqual(['1000-1', '1000-2', '2000-0', '2000-1', '2000-2', '2000-3', '2001-0'])
})

test('no more records are kept than the bound, and the oldest go first', async () => {
  const journal = open({ maxRecords: 3 })
  const refs = []
  for (const item of ['a', 'b', 'c', 'd']) refs.push(await journal.append('ns', keys(item)))
  expect(await journal.sync('ns', refs[0])).toMatchObject({ kind: 'reset', firstId: refs[1]?.id, head: refs[3] })
  const caughtUp = await journal.sync('ns', refs[1])
  expect(caughtUp.kind === 'records' && caughtUp.records.map(({ items }) => items[0])).toEqual(['c', 'd'])
})

test('a journal of one record still knows its head', async () => {
  const journal = open({ maxRecords: 1 })
  const ref = await journal.append('ns', keys('a'))
  expect(await journal.sync('ns', ref)).toEqual({ kind: 'records', records: [], head: ref })
})

test('marks give way above the bound: they are missing then', async () => {
  const journal = open({ maxMarks: 2 })
  const names = ['#a', '#b', '#c']
  for (const name of names) await journal.marks('ns', { names: [name], create: ['made'], markTtlMs: Infinity })
  expect((await journal.marks('ns', { names })).marks).toEqual([undefined, 'made', 'made'])
})

test('a listener that throws breaks neither the append nor the others, and is told to sync', async () => {
  const journal = open()
  const heard: string[] = []
  const broken = listener(() => {
    throw new Error('a bug')
  })
  const hopeless = {
    record: () => {
      throw new Error('a bug')
    },
    resync: () => {
      throw new Error('another bug')
    },
  }
  for (const each of [broken, hopeless, listener(({ id }) => heard.push(id))]) journal.tail('ns', each)
  const one = await journal.append('ns', keys('a'))
  const two = await journal.append('ns', keys('b'))
  expect(heard).toEqual([one.id, two.id])
  expect(broken.resyncs).toBe(2)
})

test('listeners hear records in order even if one of them appends', async () => {
  const journal = open()
  const heard: string[][] = [[], []]
  journal.tail(
    'ns',
    listener(({ items }) => {
      heard[0]?.push(items[0] as string)
      if (items[0] === 'first') void journal.append('ns', keys('second'))
    }),
  )
  journal.tail(
    'ns',
    listener(({ items }) => heard[1]?.push(items[0] as string)),
  )
  await journal.append('ns', keys('first'))
  expect(heard).toEqual([
    ['first', 'second'],
    ['first', 'second'],
  ])
})

test('a listener may stop listening while it hears', async () => {
  const journal = open()
  let heard = 0
  const tail = journal.tail(
    'ns',
    listener(() => {
      heard++
      void tail.close()
    }),
  )
  await journal.append('ns', keys('a'))
  await journal.append('ns', keys('b'))
  expect(heard).toBe(1)
})

test('one listener subscribed twice hears twice, and each subscription ends alone', async () => {
  const journal = open()
  let heard = 0
  const twice = listener(() => heard++)
  const tail = journal.tail('ns', twice)
  journal.tail('ns', twice)
  await journal.append('ns', keys('a'))
  await tail.close()
  await journal.append('ns', keys('b'))
  expect(heard).toBe(3)
})

test('a record cannot be changed by whom it was given to, nor by whom it came from', async () => {
  const journal = open()
  const { head } = await journal.sync('ns', undefined)
  const items = ['a']
  await journal.append('ns', keys(...items))
  items[0] = 'z'
  const answer = await journal.sync('ns', head)
  const record = (answer.kind === 'records' ? answer.records[0] : undefined) as JournalRecord
  expect(record.items).toEqual(['a'])
  for (const part of [record, record.items, record.prev]) expect(Object.isFrozen(part)).toBe(true)
})

test('after close every call rejects, listeners hear nothing, and a new tail is a quiet one', async () => {
  const journal = open()
  let heard = 0
  journal.tail(
    'ns',
    listener(() => heard++),
  )
  journal.close()
  const calls = [
    () => journal.append('ns', keys('a')),
    () => journal.marks('ns', { names: [] }),
    () => journal.sync('ns', undefined),
    () => journal.missing('ns', []),
  ]
  for (const call of calls) await expect(call()).rejects.toThrow(StoreUnavailableError)
  await journal
    .tail(
      'ns',
      listener(() => heard++),
    )
    .close()
  expect(heard).toBe(0)
})
