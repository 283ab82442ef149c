import { memory } from '@larder/core'
import type { Append, Journal, Locks, WriteQueue } from '@larder/core/contracts'
import { redis } from '@larder/redis'
import {
  contractTests,
  FakeClock,
  journalSuite,
  locksSuite,
  queueSuite,
  SeededRandom,
  startRedis,
  storeSuite,
} from '@larder/testing'
import type { JournalHarness, LocksHarness, QueueHarness, ServerHandle, StoreHarness } from '@larder/testing'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { resilient } from '../src/index.ts'
import { elapse } from './elapse.ts'
import { eventually, sleep } from './eventually.ts'

/** All policies at work; the suites run case after case, so a single place is enough to notice one that is not given back. */
const POLICIES = { retry: { attempts: 3 }, breaker: {}, bulkhead: { maxConcurrent: 1 } }

/** Above what any case appends. */
const JOURNAL_LENGTH = 5_000

describe('memory under policies', () => {
  const openStore = (): StoreHarness => {
    const clock = new FakeClock()
    const bare = memory({ clock })
    const { store } = resilient(bare, { ...POLICIES, clock })
    return {
      manifest: store.manifest,
      store,
      namespace: 'suite',
      elapse: (ms) => clock.advance(ms),
      poke: async (key, bytes) => {
        await bare.store.drop(key, { mode: 'set', token: 'poke', leaseMs: 1 })
        await bare.store.fill(key, { token: 'poke', frame: bytes, ttlMs: Infinity })
      },
      close: async () => clock.assertIdle(),
    }
  }
  const openQueue = (): QueueHarness => {
    const clock = new FakeClock()
    const { store, queue } = resilient(memory({ clock }), { ...POLICIES, clock })
    return {
      manifest: (queue as WriteQueue).manifest,
      queue: queue as WriteQueue,
      store,
      name: { namespace: 'suite', cache: 'c' },
      elapse: (ms) => clock.advance(ms),
      close: async () => clock.assertIdle(),
    }
  }
  const openJournal = (): JournalHarness => {
    const clock = new FakeClock()
    const bare = memory({ clock, random: new SeededRandom(1), journalLength: JOURNAL_LENGTH })
    const journal = resilient(bare, { ...POLICIES, clock }).journal as Journal
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
  const openLocks = (): LocksHarness => {
    const clock = new FakeClock()
    const locks = resilient(memory({ clock }), { ...POLICIES, clock }).locks as Locks
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
  describe('the store', () => {
    for (const { name, run } of contractTests(storeSuite, openStore)) test(name, run)
  })
  describe('the queue', () => {
    for (const { name, run } of contractTests(queueSuite, openQueue)) test(name, run)
  })
  describe('the journal', () => {
    for (const { name, run } of contractTests(journalSuite, openJournal)) test(name, run)
  })
  describe('the locks', () => {
    for (const { name, run } of contractTests(locksSuite, openLocks)) test(name, run)
  })
})

describe('redis under policies', () => {
  let server: ServerHandle
  let admin: Redis
  let count = 0
  const open = (): ReturnType<typeof make> => make()
  const make = () => resilient(redis({ url: server.url }), POLICIES)
  let shared: ReturnType<typeof make>

  beforeAll(async () => {
    server = await startRedis({ own: true })
    admin = new Redis(server.url)
    shared = open()
  })
  afterAll(async () => {
    await shared?.close()
    admin?.disconnect()
    await server?.stop()
  })

  const openStore = (): StoreHarness => ({
    manifest: shared.store.manifest,
    store: shared.store,
    namespace: `case-${++count}`,
    elapse: (ms) => elapse(admin, ms),
    poke: async (key, bytes) => void (await admin.set(key, Buffer.from(bytes))),
    cover: async (key, frame) => void (await admin.set(`${key}:dirty`, Buffer.from(frame))),
  })
  const openQueue = (): QueueHarness => ({
    manifest: shared.queue.manifest,
    queue: shared.queue,
    store: shared.store,
    name: { namespace: `case-${++count}`, cache: 'c' },
    elapse: (ms) => elapse(admin, ms),
  })
  const openJournal = (): JournalHarness => {
    const namespace = `case-${++count}`
    const backend = open()
    return {
      manifest: backend.journal.manifest,
      journal: backend.journal,
      namespace,
      elapse: (ms) => elapse(admin, ms),
      eventually,
      trim: async () => {
        const record: Append = { nonce: 'trim', origin: 'test', kind: 'keys', items: [], markTtlMs: 1 }
        await backend.journal.append(namespace, record)
        await admin.xtrim(`{${namespace}}:journal`, 'MAXLEN', 1)
      },
      wipe: async () => {
        await admin.del(`{${namespace}}:journal`)
        // Ids are milliseconds of the server: records of the same one would look newer than the new journal.
        await sleep(3)
      },
      close: () => backend.close(),
    }
  }
  const openLocks = (): LocksHarness => {
    const namespace = `case-${++count}`
    const { locks } = shared
    return {
      manifest: locks.manifest,
      locks,
      namespace,
      elapse: (ms) => elapse(admin, ms),
      eventually,
      wipe: async () => {
        const keys = await admin.keys(`${namespace}:*`)
        if (keys.length > 0) await admin.del(keys)
      },
    }
  }
  describe('the store', () => {
    for (const { name, run } of contractTests(storeSuite, openStore)) test(name, run)
  })
  describe('the queue', () => {
    for (const { name, run } of contractTests(queueSuite, openQueue)) test(name, run)
  })
  describe('the journal', () => {
    for (const { name, run } of contractTests(journalSuite, openJournal)) test(name, run)
  })
  describe('the locks', () => {
    for (const { name, run } of contractTests(locksSuite, openLocks)) test(name, run)
  })
})
