import { errorMonitor } from 'node:events'
import { StoreUnavailableError } from '@larder/core'
import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import * as redis6 from 'redis'
import { createClient } from 'redis'
import * as redis5 from 'redis-5'
import { createClient as createClient5 } from 'redis-5'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { NodeRedisLike } from '../src/node-redis/index.ts'
import { redis } from '../src/node-redis/index.ts'
import { eventually } from './eventually.ts'

const TOKEN = 'token-of-16-char'
const SAFE = {
  disableOfflineQueue: true,
  pingInterval: 500,
  socket: { socketTimeout: 2000, reconnectStrategy: () => 50 },
}

interface Client extends NodeRedisLike {
  listenerCount(event: string | symbol): number
  info(section: string): Promise<string>
  exists(key: string): Promise<number>
}

type Options = NonNullable<Parameters<typeof createClient>[0]>

const VERSIONS = [
  { version: 6, create: (options: Options) => createClient(options) as unknown as Client },
  { version: 5, create: (options: Options) => createClient5(options as object) as unknown as Client },
]

let server: ServerHandle
const clients: Client[] = []

beforeAll(async () => {
  server = await startRedis({ own: true })
})

afterEach(() => {
  vi.restoreAllMocks()
  for (const client of clients.splice(0)) if (client.isOpen) client.destroy()
})

afterAll(async () => {
  await server?.stop()
})

describe.each(VERSIONS)('a client of node-redis $version that is handed over', ({ create }) => {
  function make(options: Options, url = server.url): Client {
    const client = create({ ...options, url })
    clients.push(client)
    return client
  }

  async function connect(options: Options): Promise<Client> {
    const client = make(options)
    client.on('error', () => {})
    await client.connect()
    return client
  }

  test('is used, is not closed, and is left without our listeners', async () => {
    const client = await connect(SAFE)
    const listeners = (): number =>
      ['ready', 'end', 'error', 'connect', 'reconnecting', errorMonitor].reduce(
        (sum, event) => sum + client.listenerCount(event),
        0,
      )
    const before = listeners()
    const backend = redis({ client })
    expect(backend.client).toBe(client)
    const resync = vi.fn<() => void>()
    backend.journal.tail('ns', { record: () => {}, resync })
    expect(await backend.store.get('a')).toBeUndefined()
    await eventually(() => resync.mock.calls.length > 0)
    await backend.close()
    expect(client.isReady).toBe(true)
    expect(listeners()).toBe(before)
    await eventually(async () => /connected_clients:1\r/.test(await client.info('clients')))
  })

  test('keeps its own handling of errors', async () => {
    const client = make(SAFE)
    const backend = redis({ client })
    expect(client.listenerCount('error')).toBe(0)
    await backend.close()
  })

  test('is opened by its user, and used from then on', async () => {
    const client = make(SAFE)
    const backend = redis({ client })
    await expect(backend.store.get('a')).rejects.toBeInstanceOf(StoreUnavailableError)
    expect(client.isOpen).toBe(false)
    await client.connect()
    expect(await backend.store.get('a')).toBeUndefined()
    await backend.close()
  })

  test('sends nothing later that was reported as failed, even if it has an offline queue', async () => {
    vi.spyOn(process, 'emitWarning').mockReturnValue()
    await using own = await startRedis({ own: true })
    const client = make({ socket: { reconnectStrategy: () => 50 } }, own.url)
    client.on('error', () => {})
    await client.connect()
    const backend = redis({ client, timeoutMs: 200 })
    await backend.store.take('a', { token: TOKEN, leaseMs: 60_000 })
    await own.kill()
    await eventually(() => !client.isReady)
    await expect(backend.store.take('b', { token: TOKEN, leaseMs: 60_000 })).rejects.toThrow()
    await own.restart()
    await eventually(() => client.isReady)
    await backend.store.get('a')
    expect(await client.exists('b:lease')).toBe(0)
    await backend.close()
    client.destroy()
  })

  test('has its second connection opened without an offline queue and without a cache of its own', async () => {
    vi.spyOn(process, 'emitWarning').mockReturnValue()
    const client = await connect({ name: 'theirs' })
    const duplicate = vi.spyOn(client, 'duplicate')
    const backend = redis({ client })
    backend.journal.tail('ns', { record: () => {}, resync: () => {} })
    expect((duplicate.mock.results[0]?.value as NodeRedisLike).options).toMatchObject({
      disableOfflineQueue: true,
      name: 'theirs',
      clientSideCache: undefined,
      socket: { reconnectStrategy: false },
    })
    await backend.close()
  })

  test('has its unsafe settings named in one warning', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const client = make({})
    redis({ client })
    redis({ client })
    expect(warn).toHaveBeenCalledTimes(1)
    expect(String(warn.mock.calls[0]?.[0])).toMatch(/disableOfflineQueue.*socketTimeout.*reconnectStrategy/)
    redis({ client: make(SAFE) })
    expect(warn).toHaveBeenCalledTimes(1)
  })
})

test.each([undefined, null, 5, {}, { sendCommand() {}, duplicate() {} }])('%j is no client', (client) => {
  expect(() => redis({ client } as never)).toThrow(/not a client that createClient\(\) of node-redis made/)
})

test.each([
  ['6', redis6],
  // Its types differ in details that do not matter here.
  ['5', redis5 as unknown as typeof redis6],
])('a client of a cluster or of sentinels, of version %s, is refused', (_version, library) => {
  const root = { host: '127.0.0.1', port: 1 }
  const cluster = library.createCluster({ rootNodes: [{ socket: root }] })
  const sentinel = library.createSentinel({ name: 'primary', sentinelRootNodes: [root] })
  for (const client of [cluster, sentinel])
    expect(() => redis({ client } as never)).toThrow(/cluster or of sentinels: those are reached over ioredis/)
  expect(() => redis({ client: library.createClientPool() } as never)).toThrow(/not a client that createClient/)
})
