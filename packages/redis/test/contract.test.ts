import { contractTests, journalSuite, locksSuite, queueSuite, startRedis, storeSuite } from '@larder/testing'
import type { JournalHarness, LocksHarness, QueueHarness, ServerHandle, StoreHarness } from '@larder/testing'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, test } from 'vitest'
import type { RedisBackend } from '../src/index.ts'
import { CLIENTS } from './clients.ts'
import { elapse } from './elapse.ts'
import { eventually, sleep } from './eventually.ts'

let server: ServerHandle
let admin: Redis
let count = 0

beforeAll(async () => {
  server = await startRedis({ own: true })
  admin = new Redis(server.url)
})

afterAll(async () => {
  admin?.disconnect()
  await server?.stop()
})

const freshNamespace = (): string => `case-${++count}`

describe.each(CLIENTS)('over $name', (client) => {
  let backend: RedisBackend<unknown>

  beforeAll(() => {
    backend = client.open({ url: server.url })
  })

  afterAll(async () => {
    await backend?.close()
  })

  describe('the store', () => {
    const open = (): StoreHarness => ({
      manifest: backend.store.manifest,
      store: backend.store,
      namespace: freshNamespace(),
      elapse: (ms) => elapse(admin, ms),
      poke: async (key, bytes) => {
        await admin.set(key, Buffer.from(bytes))
      },
      cover: async (key, frame) => {
        await admin.set(`${key}:dirty`, Buffer.from(frame))
      },
    })
    for (const { name, run } of contractTests(storeSuite, open)) test(name, run)
  })

  describe('the journal', () => {
    const open = (): JournalHarness => {
      const namespace = freshNamespace()
      const backend = client.open({ url: server.url })
      return {
        manifest: backend.journal.manifest,
        journal: backend.journal,
        namespace,
        elapse: (ms) => elapse(admin, ms),
        eventually,
        trim: async () => {
          await backend.journal.append(namespace, {
            nonce: 'trim',
            origin: 'test',
            kind: 'keys',
            items: [],
            markTtlMs: 1,
          })
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
    for (const { name, run } of contractTests(journalSuite, open)) test(name, run)
  })

  describe('the locks', () => {
    const open = (): LocksHarness => {
      const namespace = freshNamespace()
      return {
        manifest: backend.locks.manifest,
        locks: backend.locks,
        namespace,
        elapse: (ms) => elapse(admin, ms),
        eventually,
        wipe: async () => {
          const keys = await admin.keys(`${namespace}:*`)
          if (keys.length > 0) await admin.del(keys)
        },
      }
    }
    for (const { name, run } of contractTests(locksSuite, open)) test(name, run)
  })

  describe('the queue', () => {
    const open = (): QueueHarness => {
      const name = { namespace: freshNamespace(), cache: 'users' }
      const streams = Array.from({ length: 8 }, (_, i) => `{${name.namespace}:${name.cache}:${i}}:queue`)
      return {
        manifest: backend.queue.manifest,
        queue: backend.queue,
        store: backend.store,
        name,
        elapse: async (ms) => {
          await elapse(admin, ms)
          // Ids of dead letters are milliseconds of the server.
          await sleep(1)
        },
        trim: async () => {
          for (const stream of streams) await admin.xtrim(stream, 'MAXLEN', 0)
        },
        remove: async (key) => {
          await admin.del(`${name.namespace}:{${name.cache}:${key}}:dirty`)
        },
      }
    }
    for (const { name, run } of contractTests(queueSuite, open)) test(name, run)
  })
})
