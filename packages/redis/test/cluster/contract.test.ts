import { contractTests, journalSuite, locksSuite, queueSuite, startRedisCluster, storeSuite } from '@larder/testing'
import type { JournalHarness, LocksHarness, QueueHarness, RedisClusterHandle, StoreHarness } from '@larder/testing'
import { Cluster } from 'ioredis'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { redis } from '../../src/index.ts'
import type { RedisBackend } from '../../src/index.ts'
import { eventually, sleep } from '../eventually.ts'
import { EveryNode } from './every-node.ts'

let cluster: RedisClusterHandle
let nodes: EveryNode
let admin: Cluster
let backend: RedisBackend<Cluster>
let count = 0

beforeAll(async () => {
  cluster = await startRedisCluster()
  nodes = new EveryNode(cluster)
  admin = new Cluster([...cluster.addresses])
  backend = redis({ cluster: cluster.addresses })
})

afterAll(async () => {
  await backend?.close()
  admin?.disconnect()
  nodes?.close()
  await cluster?.stop()
})

const freshNamespace = (): string => `case-${++count}`
const common = { elapse: (ms: number) => nodes.elapse(ms), eventually }

describe('the store, on a cluster', () => {
  const open = (): StoreHarness => ({
    ...common,
    manifest: backend.store.manifest,
    store: backend.store,
    namespace: freshNamespace(),
    poke: async (key, bytes) => {
      await admin.set(key, Buffer.from(bytes))
    },
    cover: async (key, frame) => {
      await admin.set(`${key}:dirty`, Buffer.from(frame))
    },
  })
  for (const { name, run } of contractTests(storeSuite, open)) test(name, run)
})

describe('the journal, on a cluster', () => {
  const open = (): JournalHarness => {
    const namespace = freshNamespace()
    const own = redis({ cluster: cluster.addresses })
    return {
      ...common,
      manifest: own.journal.manifest,
      journal: own.journal,
      namespace,
      trim: async () => {
        const record = { nonce: 'trim', origin: 'test', kind: 'keys', items: [], markTtlMs: 1 } as const
        await own.journal.append(namespace, record)
        await admin.xtrim(`{${namespace}}:journal`, 'MAXLEN', 1)
      },
      wipe: async () => {
        await admin.del(`{${namespace}}:journal`)
        // Ids are milliseconds of the server: records of the same one would look newer than the new journal.
        await sleep(3)
      },
      close: () => own.close(),
    }
  }
  for (const { name, run } of contractTests(journalSuite, open)) test(name, run)
})

describe('the locks, on a cluster', () => {
  const open = (): LocksHarness => {
    const namespace = freshNamespace()
    return {
      ...common,
      manifest: backend.locks.manifest,
      locks: backend.locks,
      namespace,
      wipe: async () => {
        for (const key of await nodes.keys(`${namespace}:*`)) await admin.del(key)
      },
    }
  }
  for (const { name, run } of contractTests(locksSuite, open)) test(name, run)
})

describe('the queue, on a cluster', () => {
  const open = (): QueueHarness => {
    const name = { namespace: freshNamespace(), cache: 'users' }
    const streams = Array.from({ length: 8 }, (_, i) => `{${name.namespace}:${name.cache}:${i}}:queue`)
    return {
      manifest: backend.queue.manifest,
      queue: backend.queue,
      store: backend.store,
      name,
      elapse: async (ms) => {
        await nodes.elapse(ms)
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
