import { createCacheManager, StoreUnavailableError, systemClock } from '@larder/core'
import type { CacheManager } from '@larder/core'
import { startRedisCluster } from '@larder/testing'
import type { RedisClusterHandle } from '@larder/testing'
import calculateSlot from 'cluster-key-slot'
import { Cluster } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { redis } from '../../src/index.ts'
import type { RedisBackend } from '../../src/index.ts'
import { documentedUser } from '../acl/documented-user.ts'
import { exercise } from '../acl/exercise.ts'
import { eventually } from '../eventually.ts'
import { EveryNode } from './every-node.ts'

const TOKEN = 'token-of-16-char'
/** What ioredis asks for, and does without. */
const ASKED_ANYWAY = ['client|setinfo', 'client|setname', 'readonly']
const TIMEOUT_MS = 500
/** What a busy machine may add. */
const SLACK_MS = 700

let cluster: RedisClusterHandle
let nodes: EveryNode
let admin: Cluster
const opened: RedisBackend<unknown>[] = []
const unhandled: unknown[] = []
const note = (reason: unknown): void => void unhandled.push(reason)

beforeAll(async () => {
  process.on('unhandledRejection', note)
  cluster = await startRedisCluster()
  nodes = new EveryNode(cluster)
  admin = new Cluster([...cluster.addresses])
})

afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(opened.splice(0).map((backend) => backend.close()))
  expect(unhandled.splice(0)).toEqual([])
})

afterAll(async () => {
  admin?.disconnect()
  nodes?.close()
  await cluster?.stop()
  process.off('unhandledRejection', note)
})

function open(timeoutMs = TIMEOUT_MS): RedisBackend<Cluster> {
  const backend = redis({ cluster: cluster.addresses, timeoutMs })
  opened.push(backend)
  return backend
}

async function took(work: Promise<unknown>): Promise<{ readonly ms: number; readonly error: unknown }> {
  const start = systemClock.monotonic()
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return { ms: systemClock.monotonic() - start, error }
}

test('hundreds of calls on a client that has just been made are all answered', async () => {
  const { store } = open(5_000)
  const keys = Array.from({ length: 300 }, (_, i) => `first:{c:${i}}`)
  const taken = await Promise.all(keys.map((key) => store.take(key, { token: TOKEN, leaseMs: 1000 })))
  expect(taken.every(({ kind }) => kind === 'granted')).toBe(true)
  expect(new Set(keys.map((key) => calculateSlot(key))).size).toBeGreaterThan(250)
})

describe('a channel', () => {
  test('belongs to the slot of its name, and is followed when that moves', async () => {
    const { journal } = open()
    const nonces: string[] = []
    const resync = vi.fn<() => void>()
    journal.tail('moving', { record: ({ nonce }) => nonces.push(nonce), resync })
    await eventually(() => resync.mock.calls.length > 0)
    const slot = calculateSlot('{moving}:journal')
    const [owner, target] = await nodes.around(slot)
    expect(await owner.call('PUBSUB', 'SHARDCHANNELS')).toContain('{moving}:journal')
    expect(await owner.call('PUBSUB', 'CHANNELS')).toEqual([])
    const append = (nonce: string): Promise<unknown> =>
      journal.append('moving', { nonce, origin: 'o', kind: 'tags', items: ['t'], markTtlMs: 60_000 })
    await append('before')
    await eventually(() => nonces.includes('before'))
    const resyncs = resync.mock.calls.length
    await (
      await nodes.beginMove(slot)
    )()
    // Told that it may have missed something, and subscribed at the other node.
    await eventually(() => resync.mock.calls.length > resyncs)
    expect(await target.call('PUBSUB', 'SHARDCHANNELS')).toContain('{moving}:journal')
    await append('after')
    await eventually(() => nonces.includes('after'))
  })

  test('is heard again after its connection was cut, and after its primary was replaced', async () => {
    const { journal } = open()
    const nonces: string[] = []
    const resync = vi.fn<() => void>()
    journal.tail('cut', { record: ({ nonce }) => nonces.push(nonce), resync })
    await eventually(() => resync.mock.calls.length === 1)
    const [owner] = await nodes.around(calculateSlot('{cut}:journal'))
    await owner.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await eventually(() => resync.mock.calls.length === 2)
    const { port } = owner.options
    const ranges = await admin.cluster('SLOTS')
    const replica = ranges.find(([, , primary]) => primary?.[1] === port)?.[3]
    await nodes.clients.find((node) => node.options.port === replica?.[1])?.cluster('FAILOVER')
    await cluster.untilServing()
    const record = { origin: 'o', kind: 'tags', items: ['t'], markTtlMs: 60_000 } as const
    await eventually(async () => {
      await journal.append('cut', { ...record, nonce: `n${systemClock.monotonic()}` })
      return nonces.length > 0
    })
  })
})

describe('errors', () => {
  test('a slot on its way to another node is waited for, in the time limit, and told as such', async () => {
    const { store } = open()
    const key = 'on-its-way:{c:k}'
    await store.take(key, { token: TOKEN, leaseMs: 60_000 })
    const finish = await nodes.beginMove(calculateSlot(key))
    const { ms, error } = await took(store.drop(key, { mode: 'delete' }))
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect((error as Error).message).toMatch(/being moved to another server/)
    expect(ms).toBeLessThan(TIMEOUT_MS + SLACK_MS)
    expect(await store.get(key)).toBeUndefined()
    const waiting = store.drop(key, { mode: 'delete' })
    await finish()
    expect(await waiting).toEqual({ kind: 'dropped', existed: false })
    expect((await store.take(key, { token: TOKEN, leaseMs: 1000 })).kind).toBe('granted')
  })

  test('a cluster that does not serve all slots says so at once, in calls and in its health, and works again by itself', async () => {
    const { store, health } = open()
    expect(await store.get('down:{c:k}')).toBeUndefined()
    expect(await health()).toMatchObject({ status: 'healthy', latencyMs: expect.any(Number) as number })
    const slot = calculateSlot('nobody-uses-this')
    const [owner] = await nodes.around(slot)
    await owner.call('CLUSTER', 'DELSLOTS', slot)
    try {
      // The first ones may still find out where the slot is.
      for (let i = 0; i < 3; i++) await took(store.get('nobody-uses-this'))
      const { ms, error } = await took(store.get('nobody-uses-this'))
      expect(error).toBeInstanceOf(StoreUnavailableError)
      expect((error as Error).message).toMatch(/does not serve.*CLUSTERDOWN/)
      expect(ms).toBeLessThan(TIMEOUT_MS)
      await eventually(async () => (await health()).status === 'degraded')
      expect((await health()).reasons?.join()).toMatch(/not serve all slots/)
    } finally {
      await owner.call('CLUSTER', 'ADDSLOTS', slot)
    }
    await eventually(async () => (await store.get('nobody-uses-this')) === undefined)
    await eventually(async () => (await health()).status === 'healthy')
  })

  test('a primary that hangs costs its own keys only, and the others are served', async () => {
    const { store, health } = open()
    const slot = calculateSlot('hangs:{c:0}')
    const [owner] = await nodes.around(slot)
    const keys = Array.from({ length: 60 }, (_, i) => `hangs:{c:${i}}`)
    await store.getMany(keys)
    const server = cluster.nodes.find(({ port }) => port === owner.options.port)
    server?.pause()
    try {
      const reads = await Promise.all(keys.map((key) => took(store.get(key))))
      const failed = reads.filter(({ error }) => error !== undefined)
      expect(failed.length).toBeGreaterThan(5)
      expect(failed.length).toBeLessThan(40)
      for (const { ms } of reads) expect(ms).toBeLessThan(TIMEOUT_MS + SLACK_MS)
      const found = await health()
      expect(found.status).not.toBe('healthy')
    } finally {
      server?.resume()
    }
    await cluster.untilServing()
    await eventually(async () => (await store.getMany(keys)).length === keys.length)
  })
})

describe('a cluster client of the user', () => {
  const SAFE = {
    enableOfflineQueue: false,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    redisOptions: {
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: 500,
      socketTimeout: 2000,
    },
  }

  test('is used, is not closed, and is left without our listeners', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const client = new Cluster([...cluster.addresses], { ...SAFE, lazyConnect: true })
    const listeners = (): number =>
      ['ready', 'close', 'end', 'error', '+node', 'node error'].reduce(
        (sum, event) => sum + client.listenerCount(event),
        0,
      )
    const before = listeners()
    const backend = redis({ client })
    expect(backend.client).toBe(client)
    const resync = vi.fn<() => void>()
    backend.journal.tail('theirs', { record: () => {}, resync })
    await eventually(
      async () => (await backend.store.take('theirs:{c:k}', { token: TOKEN, leaseMs: 1 })).kind === 'granted',
    )
    await eventually(() => resync.mock.calls.length > 0)
    await backend.close()
    expect(await client.get('theirs:{c:k}')).toBeNull()
    expect(listeners()).toBeLessThanOrEqual(before + 1)
    expect(warn).not.toHaveBeenCalled()
    client.disconnect()
  })

  test('has its unsafe settings named in one warning', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const client = new Cluster([...cluster.addresses], { lazyConnect: true, redisOptions: { commandTimeout: 100 } })
    redis({ client })
    redis({ client })
    expect(warn).toHaveBeenCalledTimes(1)
    const message = String(warn.mock.calls[0]?.[0])
    expect(message).toMatch(/enableOfflineQueue.*retryDelayOnFailover.*maxRetriesPerRequest.*socketTimeout/)
    expect(message).not.toContain('commandTimeout')
    client.disconnect()
  })
})

test('what lies on the servers after a clear is freed when its time is over, on each primary', async () => {
  const manager: CacheManager = createCacheManager({ l2: open(), namespace: 'space', defaults: { ttl: '1h' } })
  const users = manager.cache<number>('users', { load: Number })
  await users.readThroughMany(Array.from({ length: 90 }, (_, i) => String(i)))
  const values = async (): Promise<readonly number[]> =>
    Promise.all((await nodes.primaries()).map(async (node) => (await node.keys('space:{users:*')).length))
  expect((await values()).every((count) => count > 10)).toBe(true)
  await users.clear()
  expect(await users.get('1')).toBeUndefined()
  await nodes.elapse(2 * 3_600_000)
  expect(await values()).toEqual([0, 0, 0])
  await manager.close()
})

test('what is written behind reaches its writer, whatever slots its keys are in', async () => {
  vi.spyOn(process, 'emitWarning').mockReturnValue()
  const source = new Map<string, string>()
  const manager = createCacheManager({ l2: open(), namespace: 'behind' })
  const stock = manager.cache<string>('stock', {
    write: (items) => items.forEach(({ key, value }) => source.set(key, value)),
    writeBehind: { batchDelay: 5 },
  })
  const keys = Array.from({ length: 50 }, (_, i) => `k${i}`)
  await Promise.all(keys.map((key) => stock.writeBehind(key, `${key}!`)))
  expect(await stock.get('k7')).toBe('k7!')
  await stock.flush()
  expect([...source].sort()).toEqual(keys.map((key) => [key, `${key}!`]).sort())
  await manager.close()
})

describe('the user of the documentation, on a cluster', () => {
  const [user = '', ...rules] = documentedUser()
  const [, ...further] = documentedUser('ssubscribe')
  const password = rules.find((rule) => rule.startsWith('>'))?.slice(1) ?? ''
  const trim = async (stream: string): Promise<void> => void (await admin.xtrim(stream, 'MAXLEN', 0))

  async function onEveryNode(...command: readonly [string, ...string[]]): Promise<readonly unknown[]> {
    const [name, ...args] = command
    return Promise.all(nodes.clients.map((node) => node.call(name, ...args)))
  }

  /** What the nodes refused since their logs were reset. */
  async function refused(): Promise<readonly string[]> {
    const logs = (await onEveryNode('ACL', 'LOG')) as Record<string, unknown>[][]
    return logs.flat().map((entry) => String(entry['object'] ?? (entry as unknown as unknown[])[7]))
  }

  function asUser(): RedisBackend<Cluster> {
    const backend = redis({ cluster: cluster.addresses, username: user, password, timeoutMs: 2000 })
    opened.push(backend)
    return backend
  }

  /** A read of a key whose slot is on its way, and that is there already. */
  async function readOnTheWay(backend: RedisBackend<Cluster>): Promise<void> {
    const finish = await nodes.beginMove(calculateSlot('shop:{users:asked}'))
    try {
      await backend.store.get('shop:{users:asked}').catch(() => {})
    } finally {
      await finish()
    }
  }

  test('may do all that Larder does, and the servers refuse it nothing', async () => {
    vi.spyOn(process, 'emitWarning').mockReturnValue()
    await onEveryNode('ACL', 'SETUSER', user, 'reset', ...rules, ...further)
    await onEveryNode('ACL', 'LOG', 'RESET')
    const backend = asUser()
    await exercise(backend, 'shop', trim)
    await readOnTheWay(backend)
    expect((await refused()).filter((object) => !ASKED_ANYWAY.includes(object))).toEqual([])
  })

  test.each(further.map((rule) => rule.slice(1)))('needs the permission to call %s', async (command) => {
    vi.spyOn(process, 'emitWarning').mockReturnValue()
    await onEveryNode('ACL', 'SETUSER', user, 'reset', ...rules, ...further, `-${command}`)
    await onEveryNode('ACL', 'LOG', 'RESET')
    const backend = asUser()
    await Promise.race([
      exercise(backend, 'shop', trim).catch(() => {}),
      eventually(async () => (await refused()).includes(command)),
    ])
    if (command === 'asking') await readOnTheWay(backend)
    expect(await refused()).toContain(command)
    // ioredis leaves this refusal unhandled.
    if (command === 'asking') unhandled.length = 0
  })
})
