import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { GlideClient, GlideClusterClient, Logger } from '@valkey/valkey-glide'
import type { GlideClientConfiguration } from '@valkey/valkey-glide'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { redis } from '../src/valkey-glide/index.ts'
import { eventually, sleep } from './eventually.ts'

Logger.init('off')

let server: ServerHandle
let configuration: GlideClientConfiguration
let client: GlideClient

beforeAll(async () => {
  server = await startRedis({ own: true })
  configuration = { addresses: [{ host: server.host, port: server.port }], clientName: 'theirs' }
  client = await GlideClient.createClient(configuration)
})

afterEach(() => {
  vi.restoreAllMocks()
})

afterAll(async () => {
  client?.close()
  await server?.stop()
})

test('a client that is handed over is used, and is not closed', async () => {
  const backend = redis({ client, configuration })
  expect(backend.client).toBe(client)
  const resync = vi.fn<() => void>()
  const nonces: string[] = []
  backend.journal.tail('ns', { record: ({ nonce }) => nonces.push(nonce), resync })
  await eventually(() => resync.mock.calls.length > 0)
  await backend.journal.append('ns', { nonce: 'n1', origin: 'o', kind: 'keys', items: [], markTtlMs: 1000 })
  await eventually(() => nonces.includes('n1'))
  await backend.close()
  expect(await client.ping()).toBe('PONG')
})

test('its own subscriptions, and what it does with messages, are left to it', async () => {
  const heard: unknown[] = []
  const theirs: GlideClientConfiguration = {
    ...configuration,
    pubsubSubscriptions: { channelsAndPatterns: { 0: new Set(['news']) }, callback: (message) => heard.push(message) },
  }
  const own = await GlideClient.createClient(theirs)
  const backend = redis({ client: own, configuration: theirs })
  const resync = vi.fn<() => void>()
  backend.journal.tail('ns', { record: () => {}, resync })
  await eventually(() => resync.mock.calls.length > 0)
  await client.publish('hello', 'news')
  await eventually(() => heard.length === 1)
  await client.publish('not a record', '{ns}:journal')
  await eventually(() => resync.mock.calls.length > 1)
  expect(heard).toHaveLength(1)
  await backend.close()
  own.close()
})

test('what it was made with is asked for', () => {
  expect(() => redis({ client } as never)).toThrow(/`configuration` is missing/)
})

test('unsafe settings are named in one warning, and the defaults are safe', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  redis({ client, configuration })
  expect(warn).not.toHaveBeenCalled()
  const unsafe = { ...configuration, lazyConnect: true, readFrom: 'preferReplica', readOnly: true } as const
  redis({ client, configuration: unsafe })
  redis({ client, configuration: unsafe })
  expect(warn).toHaveBeenCalledTimes(1)
  expect(String(warn.mock.calls[0]?.[0])).toMatch(/lazyConnect.*readFrom.*readOnly/)
})

test('a cluster client, and what is no client, is refused', () => {
  const cluster = Object.create(GlideClusterClient.prototype) as GlideClient
  expect(() => redis({ client: cluster, configuration })).toThrow(/cluster/)
  for (const wrong of [undefined, {}, { customCommand() {} }])
    expect(() => redis({ client: wrong, configuration } as never)).toThrow(/not a client that GlideClient/)
})

test('a client that is made can be had before the first call, and is the one that is used', async () => {
  const backend = redis({ url: server.url })
  const made = await backend.client
  expect(await made.ping()).toBe('PONG')
  expect(await backend.client).toBe(made)
  await backend.close()
  await expect(made.ping()).rejects.toThrow(/closed/)
})

test.each([
  ['a certificate of the client', { tls: { cert: 'c' } }, /`tls.cert`/],
  ['a Unix socket', { path: '/run/redis.sock' }, /`path`/],
])('%s, which GLIDE has no option for, is a TypeError', (_name, options, message) => {
  expect(() => redis(options)).toThrow(message)
})

test('a user who may not ask for the number of a connection hears the journal all the same', async () => {
  await client.customCommand(['ACL', 'SETUSER', 'cache', 'on', '>secret', '~*', '&*', '+@all', '-client|id'])
  const backend = redis({ url: `redis://cache:secret@${server.host}:${server.port}`, timeoutMs: 300 })
  const resync = vi.fn<() => void>()
  const nonces: string[] = []
  backend.journal.tail('ns', { record: ({ nonce }) => nonces.push(nonce), resync })
  await eventually(() => resync.mock.calls.length > 0)
  // Past the first heartbeat of the connection.
  await sleep(1200)
  await backend.journal.append('ns', { nonce: 'n1', origin: 'o', kind: 'keys', items: [], markTtlMs: 1000 })
  await eventually(() => nonces.includes('n1'))
  expect(resync).toHaveBeenCalledTimes(1)
  await backend.close()
})
