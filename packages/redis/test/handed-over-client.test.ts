import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Redis } from 'ioredis'
import type { RedisOptions as IoredisOptions } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { redis } from '../src/index.ts'
import { eventually } from './eventually.ts'

const SAFE: Omit<IoredisOptions, 'replyMapping'> = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  commandTimeout: 500,
  socketTimeout: 2000,
}

let server: ServerHandle
const clients: Redis[] = []

function connect(options: Omit<IoredisOptions, 'replyMapping'>): Redis {
  const client = new Redis({ ...options, port: server.port })
  client.on('error', () => {})
  clients.push(client)
  return client
}

beforeAll(async () => {
  server = await startRedis({ own: true })
})

afterEach(() => {
  vi.restoreAllMocks()
  for (const client of clients.splice(0)) client.disconnect()
})

afterAll(async () => {
  await server?.stop()
})

test('a client handed over is used, is not closed, and is left without our listeners', async () => {
  const client = connect(SAFE)
  const listeners = (): number =>
    ['ready', 'close', 'end', 'error'].reduce((sum, event) => sum + client.listenerCount(event), 0)
  const before = listeners()
  const backend = redis({ client })
  expect(backend.client).toBe(client)
  const resync = vi.fn<() => void>()
  backend.journal.tail('ns', { record: () => {}, resync })
  expect(await backend.store.get('a')).toBeUndefined()
  await eventually(() => resync.mock.calls.length > 0)
  await backend.close()
  expect(await client.ping()).toBe('PONG')
  // Its own connection attempt may have ended meanwhile, taking its listeners with it.
  expect(listeners()).toBeLessThanOrEqual(before)
  await eventually(async () => /connected_clients:1\r/.test(await client.info('clients')))
})

test('the second connection has safe settings, whatever the client has', async () => {
  vi.spyOn(process, 'emitWarning').mockReturnValue()
  const client = connect({ connectionName: 'theirs' })
  const duplicate = vi.spyOn(client, 'duplicate')
  const backend = redis({ client, timeoutMs: 400 })
  backend.journal.tail('ns', { record: () => {}, resync: () => {} })
  expect(duplicate).toHaveBeenCalledTimes(1)
  const { options } = duplicate.mock.results[0]?.value as Redis
  expect(options).toMatchObject({ ...SAFE, commandTimeout: 400, autoResubscribe: false, connectionName: 'theirs' })
  await backend.close()
})

test('unsafe settings are named in one warning per client', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const client = connect({ lazyConnect: true, commandTimeout: 100 })
  redis({ client })
  redis({ client })
  expect(warn).toHaveBeenCalledTimes(1)
  const message = String(warn.mock.calls[0]?.[0])
  expect(message).toMatch(/enableOfflineQueue.*autoResendUnfulfilledCommands.*maxRetriesPerRequest.*socketTimeout/)
  expect(message).not.toContain('commandTimeout')
})

test('safe settings are not warned of', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  redis({ client: connect({ ...SAFE, lazyConnect: true }) })
  expect(warn).not.toHaveBeenCalled()
})

test('a client without a command timeout is bounded all the same', async () => {
  vi.spyOn(process, 'emitWarning').mockReturnValue()
  await using own = await startRedis({ own: true })
  const client = new Redis(own.url)
  client.on('error', () => {})
  const backend = redis({ client, timeoutMs: 200 })
  await backend.store.get('a')
  own.pause()
  await expect(backend.store.get('a')).rejects.toMatchObject({ code: 'ERR_LARDER_STORE_TIMEOUT' })
  own.resume()
  await backend.close()
  client.disconnect()
})

test('a key prefix of the client applies to keys and channel alike', async () => {
  const client = connect({ ...SAFE, keyPrefix: 'app1/' })
  const backend = redis({ client })
  const nonces: string[] = []
  const resync = vi.fn<() => void>()
  backend.journal.tail('ns', { record: (record) => nonces.push(record.nonce), resync })
  await eventually(() => resync.mock.calls.length > 0)
  await backend.journal.append('ns', { nonce: 'n1', origin: 'o', kind: 'tags', items: ['t'], markTtlMs: 1000 })
  await eventually(() => nonces.includes('n1'))
  const plain = connect({})
  expect((await plain.keys('*')).filter((key) => key.includes('ns}')).sort()).toEqual(
    expect.arrayContaining(['app1/{ns}:journal', 'app1/{ns}:mark:#t']),
  )
  await backend.close()
})

test('numbers as strings and RESP3 shapes change nothing', async () => {
  const client = connect({ ...SAFE, ...{ stringNumbers: true, replyMapping: 'resp3' } })
  const backend = redis({ client })
  const key = 'shapes'
  expect(await backend.store.take(key, { token: 'token-of-16-char', leaseMs: 1000 })).toEqual({ kind: 'granted' })
  expect(await backend.store.renew(key, 'token-of-16-char', 1000)).toBe(true)
  expect(await backend.store.renew(key, 'another-16-chars', 1000)).toBe(false)
  expect(await backend.store.drop(key, { mode: 'delete' })).toEqual({ kind: 'dropped', existed: false })
  expect(await backend.journal.marks('shapes', { names: ['#t'] })).toMatchObject({ marks: [undefined], unmoved: true })
  await backend.close()
})
