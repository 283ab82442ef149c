import { memory } from '@larder/core'
import type { Append, Journal, Locks, Store, WriteQueue } from '@larder/core/contracts'
import type { JournalHarness, LocksHarness, QueueHarness, StoreHarness } from '@larder/testing'
import {
  contractTests,
  FakeClock,
  journalSuite,
  locksSuite,
  queueSuite,
  SeededRandom,
  storeSuite,
} from '@larder/testing'
import { describe, test } from 'vitest'

/** Above what any case appends. */
const JOURNAL_LENGTH = 5_000

/** What a write-behind queue uses of the memory store, beside its contract. */
interface Coverable {
  cover(key: string, frame: Uint8Array): void
}

function openStore(): StoreHarness {
  const clock = new FakeClock()
  const { store } = memory({ clock })
  return {
    manifest: store.manifest,
    store,
    namespace: 'suite',
    elapse: (ms) => clock.advance(ms),
    poke: (key, bytes) => poke(store, key, bytes),
    cover: async (key, frame) => (store as unknown as Coverable).cover(key, frame),
    close: async () => clock.assertIdle(),
  }
}

/** The store takes any bytes for a frame, so foreign ones get in the usual way. */
async function poke(store: Store, key: string, bytes: Uint8Array): Promise<void> {
  await store.drop(key, { mode: 'set', token: 'poke', leaseMs: 1 })
  await store.fill(key, { token: 'poke', frame: bytes, ttlMs: Infinity })
}

function openJournal(): JournalHarness {
  const clock = new FakeClock()
  const journal = memory({ clock, random: new SeededRandom(1), journalLength: JOURNAL_LENGTH }).journal as Journal
  const namespace = 'suite'
  return {
    manifest: journal.manifest,
    journal,
    namespace,
    elapse: (ms) => clock.advance(ms),
    eventually: async (predicate) => {
      if (!predicate()) throw new Error('It is not so, and without a network it will not become so')
    },
    trim: async () => {
      const filler: Append = { nonce: 'filler', origin: 'filler', kind: 'keys', items: ['filler'], markTtlMs: 1 }
      for (let i = 0; i < JOURNAL_LENGTH; i++) await journal.append(namespace, filler)
    },
    close: async () => clock.assertIdle(),
  }
}

function openLocks(): LocksHarness {
  const clock = new FakeClock()
  const { locks } = memory({ clock }) as { readonly locks: Locks }
  return {
    manifest: locks.manifest,
    locks,
    namespace: 'suite',
    elapse: (ms) => clock.advance(ms),
    eventually: async (predicate) => {
      for (let i = 0; i < 100; i++) {
        if (await predicate()) return
        await clock.advance(0)
      }
      throw new Error('it did not come to pass')
    },
    close: async () => clock.assertIdle(),
  }
}

function openQueue(): QueueHarness {
  const clock = new FakeClock()
  const { store, queue } = memory({ clock })
  return {
    manifest: (queue as WriteQueue).manifest,
    queue: queue as WriteQueue,
    store,
    name: { namespace: 'suite', cache: 'users' },
    elapse: (ms) => clock.advance(ms),
    close: async () => clock.assertIdle(),
  }
}

describe('the memory store', () => {
  for (const { name, run } of contractTests(storeSuite, openStore)) test(name, run)
})

describe('the memory journal', () => {
  for (const { name, run } of contractTests(journalSuite, openJournal)) test(name, run)
})

describe('the memory locks', () => {
  for (const { name, run } of contractTests(locksSuite, openLocks)) test(name, run)
})

describe('the memory queue', () => {
  for (const { name, run } of contractTests(queueSuite, openQueue)) test(name, run)
})
