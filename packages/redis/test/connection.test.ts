import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreTimeoutError, StoreUnavailableError, systemClock } from '@larder/core'
import type { RecordRef } from '@larder/core/contracts'
import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { redis } from '../src/index.ts'
import type { RedisBackend, RedisServerOptions } from '../src/index.ts'
import { eventually, sleep } from './eventually.ts'

const TIMEOUT_MS = 300
/** What a busy machine may add. */
const SLACK_MS = 700
const TOKEN = 'token-of-16-char'

let server: ServerHandle
let admin: Redis
const opened: RedisBackend[] = []
const unhandled: unknown[] = []
const note = (reason: unknown): void => void unhandled.push(reason)

function open(options: RedisServerOptions = {}): RedisBackend {
  const backend = redis({ url: server.url, timeoutMs: 2000, ...options })
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

beforeEach(async () => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
  server = await startRedis({ own: true })
  admin = new Redis(server.url)
  admin.on('error', () => {})
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map((backend) => backend.close()))
  admin.disconnect()
  await server.stop()
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

describe('connecting', () => {
  test('calls made at once wait for the connection', async () => {
    const backend = open()
    const answers = await Promise.all([
      backend.store.get('a'),
      backend.store.take('a', { token: TOKEN, leaseMs: 1000 }),
      backend.journal.sync('ns', undefined),
    ])
    expect(answers).toMatchObject([undefined, { kind: 'granted' }, { kind: 'reset' }])
  })

  test('nothing is opened before the first call', async () => {
    const backend = open()
    await sleep(50)
    expect(backend.client.status).toBe('wait')
    expect(Number(/connected_clients:(\d+)/.exec(await admin.info('clients'))?.[1])).toBe(1)
  })

  test('a refused connection fails calls at once, and they work again when the server is back', async () => {
    const backend = open()
    await server.kill()
    expect((await took(backend.store.get('a'))).error).toBeInstanceOf(StoreUnavailableError)
    for (let i = 0; i < 5; i++) {
      const { ms, error } = await took(backend.store.get('a'))
      expect(error).toBeInstanceOf(StoreUnavailableError)
      expect((error as Error).message).toContain(`ECONNREFUSED 127.0.0.1:${server.port}`)
      expect(ms).toBeLessThan(500)
    }
    expect(await backend.health()).toMatchObject({
      status: 'down',
      reasons: [expect.stringContaining('ECONNREFUSED') as unknown],
    })
    await server.restart()
    await eventually(async () => (await backend.store.get('a')) === undefined)
    expect(await backend.health()).toMatchObject({ status: 'healthy', latencyMs: expect.any(Number) as unknown })
  })

  test('a server that accepts and never answers fails calls within the deadline', async () => {
    server.pause()
    const backend = open({ timeoutMs: TIMEOUT_MS })
    const { ms, error } = await took(backend.store.get('a'))
    expect(error).toBeInstanceOf(StoreTimeoutError)
    expect(ms).toBeLessThan(TIMEOUT_MS + SLACK_MS)
    server.resume()
  })

  test('a connection that is cut is replaced without failing the calls that come after', async () => {
    const backend = open()
    await backend.store.get('a')
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await eventually(() => backend.client.status !== 'ready')
    expect(await backend.store.get('a')).toBeUndefined()
  })

  test('a wrong password is told as such', async () => {
    await using guarded = await startRedis({ password: 'right' })
    const backend = open({ url: `redis://:wrong-secret@127.0.0.1:${guarded.port}` })
    const { error } = await took(backend.store.get('a'))
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect((error as Error).message).toMatch(/credentials.*WRONGPASS/)
    expect((error as Error).message).not.toContain('wrong-secret')
  })

  test('a missing password is told as such', async () => {
    await using guarded = await startRedis({ password: 'right' })
    const { error } = await took(open({ url: `redis://127.0.0.1:${guarded.port}` }).store.get('a'))
    expect((error as Error).message).toMatch(/password.*NOAUTH/)
  })

  test('the right password and the number of a database are used', async () => {
    await using guarded = await startRedis({ password: 'p@ss/word:1' })
    const backend = open({ url: `${guarded.url}/3` })
    await backend.store.take('a', { token: TOKEN, leaseMs: 60_000 })
    const client = new Redis(guarded.url, { db: 3 })
    expect(await client.keys('*')).toEqual(['a:lease'])
    client.disconnect()
  })

  test('a Unix socket does as well', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'larder-socket-'))
    const path = join(folder, 'redis.sock')
    try {
      await using local = await startRedis({ args: ['--unixsocket', path] })
      expect(local.owned).toBe(true)
      const backend = redis({ path })
      expect((await backend.store.take('a', { token: TOKEN, leaseMs: 1000 })).kind).toBe('granted')
      await backend.close()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

describe('a server that hangs', () => {
  test('calls reject within the deadline, nothing is applied twice, and later calls work', async () => {
    const backend = open({ timeoutMs: TIMEOUT_MS })
    const append = (nonce: string): Promise<RecordRef> =>
      backend.journal.append('ns', { nonce, origin: 'test', kind: 'tags', items: ['t'], markTtlMs: 60_000 })
    // The server knows the script, so what is sent now is applied when it goes on.
    const head = await append('before')
    server.pause()
    const nonces = Array.from({ length: 20 }, (_, i) => `nonce-${i}`)
    const appends = nonces.map((nonce) => took(append(nonce)))
    for (const { ms, error } of await Promise.all(appends)) {
      expect(error).toBeInstanceOf(StoreTimeoutError)
      expect(ms).toBeLessThan(TIMEOUT_MS + SLACK_MS)
    }
    // Long enough for the dead connection to be given up.
    await eventually(() => backend.client.status !== 'ready')
    server.resume()
    await eventually(async () => (await backend.store.get('a')) === undefined)
    const sync = await backend.journal.sync('ns', head)
    const seen = sync.kind === 'records' ? sync.records.map((record) => record.nonce) : ['reset']
    // The bytes were under way when the callers gave up: each may have been applied, once.
    expect(seen).toEqual([...new Set(seen)])
    expect(nonces).toEqual(expect.arrayContaining(seen))
  })

  test('a call that waited for the connection in vain is not sent afterwards', async () => {
    server.pause()
    const backend = open({ timeoutMs: TIMEOUT_MS })
    const { error } = await took(backend.store.take('a', { token: TOKEN, leaseMs: 60_000 }))
    expect(error).toBeInstanceOf(StoreTimeoutError)
    server.resume()
    await eventually(() => backend.client.status === 'ready')
    await backend.store.get('a')
    expect(await admin.exists('a:lease')).toBe(0)
  })
})

describe('scripts', () => {
  test('are sent along when the server does not know them, and run by hash after that', async () => {
    const backend = open()
    await backend.store.release('a', TOKEN)
    await admin.script('FLUSH')
    await admin.config('RESETSTAT')
    for (let i = 0; i < 3; i++) await backend.store.release('a', TOKEN)
    const stats = await admin.info('commandstats')
    expect(/cmdstat_eval:calls=(\d+)/.exec(stats)?.[1]).toBe('1')
    expect(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1]).toBe('3')
  })

  test('work on a server that came back empty', async () => {
    const backend = open()
    await backend.store.take('a', { token: TOKEN, leaseMs: 60_000 })
    const { head } = await backend.journal.sync('ns', undefined)
    await server.restart()
    await eventually(async () => (await backend.store.take('a', { token: TOKEN, leaseMs: 60_000 })).kind === 'granted')
    expect(await backend.journal.sync('ns', head)).toMatchObject({ kind: 'reset' })
  })

  test('many first calls at once each take effect once', async () => {
    const backend = open()
    const kinds = await Promise.all(
      Array.from(
        { length: 50 },
        async (_, i) => (await backend.store.take('a', { token: `t${i}`, leaseMs: 60_000 })).kind,
      ),
    )
    expect(kinds.filter((kind) => kind === 'granted')).toHaveLength(1)
  })
})

describe('closing', () => {
  test('later calls reject, closing twice does nothing, and the server has no client left', async () => {
    const backend = open()
    const tail = backend.journal.tail('ns', { record: () => {}, resync: () => {} })
    await backend.store.get('a')
    await Promise.all([backend.close(), backend.close()])
    await backend.close()
    await tail.close()
    await expect(backend.store.get('a')).rejects.toBeInstanceOf(StoreUnavailableError)
    await expect(backend.journal.sync('ns', undefined)).rejects.toThrow(/closed/)
    expect(await backend.health()).toMatchObject({ status: 'down' })
    expect(backend.client.status).toBe('end')
    await eventually(async () => /connected_clients:1\r/.test(await admin.info('clients')))
  })

  test('answers calls under way', async () => {
    const backend = open()
    const read = backend.store.take('a', { token: TOKEN, leaseMs: 60_000 })
    await backend.store.get('b')
    const late = backend.store.take('c', { token: TOKEN, leaseMs: 60_000 })
    await backend.close()
    expect((await read).kind).toBe('granted')
    expect((await late).kind).toBe('granted')
  })

  test('is bounded while the server hangs', async () => {
    const backend = open({ timeoutMs: TIMEOUT_MS })
    await backend.store.get('a')
    server.pause()
    const { ms, error } = await took(backend.close())
    expect(error).toBeUndefined()
    expect(ms).toBeLessThan(TIMEOUT_MS + 1000 + SLACK_MS)
    server.resume()
  })
})
