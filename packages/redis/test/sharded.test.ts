import { createCacheManager, sharded } from '@larder/core'
import type { Backend, CacheManager, ManagerOptions } from '@larder/core'
import { contractTests, startRedis, storeSuite } from '@larder/testing'
import type { ServerHandle, StoreHarness } from '@larder/testing'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { redis } from '../src/index.ts'
import { elapse } from './elapse.ts'
import { eventually, sleep } from './eventually.ts'

const KEYS: readonly string[] = Array.from({ length: 60 }, (_, i) => `k${i}`)

/** The first has the journal, and snapshots are taken of the last by hand; the other two keep all that they acknowledged. */
let servers: readonly [ServerHandle, ServerHandle, ServerHandle]
let managers: CacheManager[] = []
let namespace = ''
let count = 0

beforeAll(async () => {
  servers = [
    await startRedis({ own: true, persistent: true }),
    await startRedis({ own: true, persistent: true }),
    await startRedis({ own: true, args: ['--save', '36000', '1000000'] }),
  ]
})

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()))
})

beforeEach(() => {
  namespace = `fleet-${++count}`
})

afterEach(async () => {
  await Promise.all(managers.map((manager) => manager.close()))
  managers = []
})

function backend(revision = 0): Backend {
  return sharded(
    servers.map(({ url }) => redis({ url, timeoutMs: 500 })),
    { revision },
  )
}

async function node(options: ManagerOptions = {}, revision = 0): Promise<CacheManager> {
  const manager = createCacheManager({ namespace, l2: backend(revision), l1: false, onError: () => {}, ...options })
  managers.push(manager)
  await eventually(async () => (await manager.health()).live)
  return manager
}

async function healthy(): Promise<void> {
  await eventually(async () =>
    (await Promise.all(managers.map((one) => one.health()))).every((one) => one.status === 'healthy'),
  )
}

describe('the store on three servers', () => {
  let shared: Backend
  let admins: readonly Redis[]
  beforeAll(() => {
    shared = backend()
    admins = servers.map(({ url }) => new Redis(url))
  })
  afterAll(async () => {
    await shared.close()
    admins.forEach((admin) => admin.disconnect())
  })
  const open = (): StoreHarness => ({
    manifest: shared.store.manifest,
    store: shared.store,
    namespace: `case-${++count}`,
    elapse: async (ms) => void (await Promise.all(admins.map((admin) => elapse(admin, ms)))),
  })
  for (const { name, run } of contractTests(storeSuite, open)) test(name, run)
})

test('a killed shard costs its share, and comes back with what it had and without what was acknowledged as removed', async () => {
  let source = 'first'
  const [one, two] = [await node(), await node()]
  const [a, b] = [one, two].map((caches) => caches.cache<string>('users', { load: () => source }))
  if (a === undefined || b === undefined) throw new Error('no caches')
  for (const key of KEYS) await a.readThrough(key)
  const removed = KEYS.slice(0, 20)
  await Promise.all(removed.map((key) => a.delete(key)))

  await servers[1].kill()
  source = 'second'
  const left = (await b.getMany(KEYS.slice(20))).size
  expect(left).toBeGreaterThan(10)
  expect(left).toBeLessThan(40)
  for (const key of KEYS) expect(await b.readThrough(key)).toMatch(/first|second/)
  const deleted = await Promise.allSettled(KEYS.map((key) => a.delete(key)))
  const failed = KEYS.filter((_, index) => deleted[index]?.status === 'rejected')
  expect(failed.length).toBeGreaterThan(5)
  expect(failed.length).toBeLessThan(50)

  await servers[1].restart()
  await healthy()
  for (const key of KEYS.filter((key) => !failed.includes(key) || removed.includes(key)))
    expect(await b.readThrough(key)).toBe('second')
  // Its data is back, and the invalidations that were rejected have to be repeated.
  expect([...(await b.getMany(failed)).values()]).toContain('first')
  await Promise.all(failed.map((key) => a.delete(key)))
  for (const key of KEYS) expect(await b.readThrough(key)).toBe('second')
})

test('a shard that hangs delays nobody beyond the deadline, and shows nothing that was removed when it goes on', async () => {
  let source = 'first'
  const users = (await node({ defaults: { timeouts: { store: 300 } } })).cache<string>('users', { load: () => source })
  for (const key of KEYS) await users.readThrough(key)
  servers[1].pause()
  try {
    source = 'second'
    const start = performance.now()
    const answers = await Promise.all(KEYS.map((key) => users.readThrough(key)))
    expect(performance.now() - start).toBeLessThan(3_000)
    expect(new Set(answers)).toEqual(new Set(['first', 'second']))
    const deleted = await Promise.allSettled(KEYS.map((key) => users.delete(key)))
    servers[1].resume()
    await healthy()
    for (const [index, { status }] of deleted.entries())
      if (status === 'fulfilled') expect(await users.readThrough(KEYS[index] as string)).toBe('second')
    expect(deleted.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(10)
  } finally {
    servers[1].resume()
  }
})

test('tags that were invalidated while a shard was away are not valid there', async () => {
  let source = 'first'
  const users = (await node()).cache<string>('users', { load: () => source, tags: ['all'] })
  for (const key of KEYS) await users.readThrough(key)
  await servers[1].kill()
  source = 'second'
  await users.invalidateTags('all')
  await servers[1].restart()
  await healthy()
  for (const key of KEYS) expect(await users.readThrough(key)).toBe('second')
})

test('a shard that came back from a snapshot is forgotten by a higher revision of the list', async () => {
  let source = 'first'
  const old = await node()
  const users = old.cache<string>('users', { load: () => source })
  for (const key of KEYS) await users.readThrough(key)
  const admin = new Redis(servers[2].url)
  await admin.save()
  admin.disconnect()
  source = 'second'
  await Promise.all(KEYS.map((key) => users.delete(key)))
  expect((await users.getMany(KEYS)).size).toBe(0)
  await servers[2].kill()
  await servers[2].restart()
  await healthy()
  // What docs/sharding.md says of snapshots: the server has forgotten what it acknowledged.
  expect([...(await users.getMany(KEYS)).values()]).toContain('first')

  const next = (await node({}, 1)).cache<string>('users', { load: () => source })
  for (const key of KEYS) expect(await next.readThrough(key)).toBe('second')
  await eventually(async () => {
    await users.readThrough('k0')
    return (await old.health()).status === 'degraded'
  })
  for (const key of KEYS) expect(await users.readThrough(key)).toBe('second')
})

test('under load, with shards killed and restarted, no read shows what an acknowledged delete removed', async () => {
  const nodes = [await node(), await node()]
  const caches = nodes.map((one) => one.cache<number>('users', { ttl: '1h' }))
  const keys = KEYS.slice(0, 12)
  const source = new Map(keys.map((key) => [key, 0]))
  const least = new Map(keys.map((key) => [key, 0]))
  const end = performance.now() + 4_000
  let [reads, deletes, hits] = [0, 0, 0]
  const reader = async (n: number): Promise<void> => {
    for (let i = n; performance.now() < end; i++) {
      const key = keys[i % keys.length] as string
      const floor = least.get(key) as number
      let loaded = false
      const load = async (): Promise<number> => {
        loaded = true
        const now = source.get(key) as number
        await sleep(i % 7)
        return now
      }
      const value = await (caches[i % 2] as (typeof caches)[number]).readThrough(key, load, { fresh: true })
      expect(value, key).toBeGreaterThanOrEqual(floor)
      reads++
      if (!loaded) hits++
      if (i % 5 === 0) await sleep(1)
    }
  }
  const writer = async (n: number): Promise<void> => {
    for (let i = n; performance.now() < end; i += 2) {
      const key = keys[i % keys.length] as string
      const value = (source.get(key) as number) + 1
      source.set(key, value)
      const acknowledged = await (caches[n] as (typeof caches)[number]).delete(key).then(
        () => true,
        () => false,
      )
      if (acknowledged) least.set(key, Math.max(least.get(key) as number, value))
      if (acknowledged) deletes++
      await sleep(7)
    }
  }
  const nemesis = async (): Promise<void> => {
    for (let i = 0; performance.now() < end - 800; i++) {
      await sleep(300)
      await servers[1].kill()
      await sleep(50)
      await servers[1].restart()
    }
  }
  await Promise.all([...[0, 1, 2, 3].map(reader), ...[0, 1].map(writer), nemesis()])
  expect(reads).toBeGreaterThan(100)
  expect(hits).toBeGreaterThan(20)
  expect(deletes).toBeGreaterThan(50)
})
