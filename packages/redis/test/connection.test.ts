import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreTimeoutError, StoreUnavailableError, systemClock } from '@larder/core'
import type { RecordRef } from '@larder/core/contracts'
import { startRedis, TcpProxy } from '@larder/testing'
import type { TcpConnection } from '@larder/testing'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { CLIENTS } from './clients.ts'
import { eventually, sleep } from './eventually.ts'
import { testIn } from './world.ts'

const TIMEOUT_MS = 300
/** What a busy machine may add. */
const SLACK_MS = 700
const TOKEN = 'token-of-16-char'

const unhandled: unknown[] = []
const note = (reason: unknown): void => void unhandled.push(reason)

async function took(work: Promise<unknown>): Promise<{ readonly ms: number; readonly error: unknown }> {
  const start = systemClock.monotonic()
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return { ms: systemClock.monotonic() - start, error }
}

beforeAll(() => {
  process.on('unhandledRejection', note)
})

afterAll(() => {
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

describe.concurrent.each(CLIENTS)('over $name', (client) => {
  describe('connecting', () => {
    testIn(client, 'calls made at once wait for the connection', async ({ open }) => {
      const backend = open()
      const answers = await Promise.all([
        backend.store.get('a'),
        backend.store.take('a', { token: TOKEN, leaseMs: 1000 }),
        backend.journal.sync('ns', undefined),
      ])
      expect(answers).toMatchObject([undefined, { kind: 'granted' }, { kind: 'reset' }])
    })

    testIn(client, 'nothing is opened before the first call', async ({ open, connections }) => {
      open()
      await sleep(50)
      expect(await connections()).toBe(0)
    })

    testIn(
      client,
      'a refused connection fails calls at once, and they work again when the server is back',
      async ({ server, open }) => {
        const backend = open()
        await server.kill()
        const first = await took(backend.store.get('a'))
        expect((first.error as Error).name).toMatch(client.tells ? /^StoreUnavailableError$/ : /^Store\w+Error$/)
        // What is still on its way would tell that it came too late.
        if (!client.tells) await sleep(100)
        for (let i = 0; i < 5; i++) {
          const { ms, error } = await took(backend.store.get('a'))
          expect(error).toBeInstanceOf(StoreUnavailableError)
          if (client.tells) expect((error as Error).message).toContain(`ECONNREFUSED 127.0.0.1:${server.port}`)
          expect(ms).toBeLessThan(500)
        }
        expect(await backend.health()).toMatchObject({
          status: 'down',
          reasons: [expect.stringContaining(client.tells ? 'ECONNREFUSED' : 'connection') as unknown],
        })
        await server.restart()
        await eventually(async () => (await backend.store.get('a')) === undefined)
        expect(await backend.health()).toMatchObject({ status: 'healthy', latencyMs: expect.any(Number) as unknown })
      },
    )

    testIn(
      client,
      'a server that accepts and never answers fails calls within the deadline',
      async ({ server, open }) => {
        server.pause()
        const backend = open({ timeoutMs: TIMEOUT_MS })
        const { ms, error } = await took(backend.store.get('a'))
        expect(error).toBeInstanceOf(StoreTimeoutError)
        expect(ms).toBeLessThan(TIMEOUT_MS + SLACK_MS)
        server.resume()
      },
    )

    testIn(
      client,
      'a connection that is cut is replaced without failing the calls that come after',
      async ({ admin, open }) => {
        const backend = open()
        await backend.store.get('a')
        await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
        // Until the end of the connection has been heard of.
        await sleep(20)
        expect(await backend.store.get('a')).toBeUndefined()
      },
    )

    testIn(client, 'a wrong password is told as such', async ({ open }) => {
      await using guarded = await startRedis({ password: 'right' })
      const backend = open({ url: `redis://:wrong-secret@127.0.0.1:${guarded.port}` })
      const { error } = await took(backend.store.get('a'))
      expect(error).toBeInstanceOf(StoreUnavailableError)
      expect((error as Error).message).toMatch(/credentials.*WRONGPASS/)
      expect((error as Error).message).not.toContain('wrong-secret')
    })

    testIn(client, 'a missing password is told as such', async ({ open }) => {
      await using guarded = await startRedis({ password: 'right' })
      const { error } = await took(open({ url: `redis://127.0.0.1:${guarded.port}` }).store.get('a'))
      expect((error as Error).message).toMatch(/password.*NOAUTH/)
    })

    testIn(client, 'the right password and the number of a database are used', async ({ open }) => {
      await using guarded = await startRedis({ password: 'p@ss/word:1' })
      const backend = open({ url: `${guarded.url}/3` })
      await backend.store.take('a', { token: TOKEN, leaseMs: 60_000 })
      const client = new Redis(guarded.url, { db: 3 })
      expect(await client.keys('*')).toEqual(['a:lease'])
      client.disconnect()
    })

    testIn(client, 'a Unix socket does as well, where the library knows them', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'larder-socket-'))
      const path = join(folder, 'redis.sock')
      try {
        await using local = await startRedis({ args: ['--unixsocket', path] })
        expect(local.owned).toBe(true)
        if (client.name === 'Valkey GLIDE') {
          expect(() => client.open({ path })).toThrow(/`path` cannot be used with Valkey GLIDE/)
          return
        }
        const backend = client.open({ path })
        expect((await backend.store.take('a', { token: TOKEN, leaseMs: 1000 })).kind).toBe('granted')
        await backend.close()
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })
  })

  describe('a server that hangs', () => {
    testIn(
      client,
      'calls reject within the deadline, nothing is applied twice, and later calls work',
      async ({ server, open }) => {
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
        await sleep(2300)
        server.resume()
        await eventually(async () => (await backend.store.get('a')) === undefined)
        const sync = await backend.journal.sync('ns', head)
        const seen = sync.kind === 'records' ? sync.records.map((record) => record.nonce) : ['reset']
        // The bytes were under way when the callers gave up: each may have been applied, once.
        expect(seen).toEqual([...new Set(seen)])
        expect(nonces).toEqual(expect.arrayContaining(seen))
      },
    )

    testIn(client, 'a connection that goes dead while it is made is replaced', async ({ server, open }) => {
      await using proxy = await TcpProxy.start(server)
      const dead = new Set<TcpConnection>()
      const dies = (connection: TcpConnection): boolean =>
        (dead.size === 0 ? dead.add(connection) : dead).has(connection)
      proxy.set({ down: { kind: 'swallow' }, only: dies })
      const backend = open({ url: `redis://127.0.0.1:${proxy.port}`, timeoutMs: TIMEOUT_MS })
      await eventually(async () => (await backend.store.get('a')) === undefined)
      expect(dead.size).toBe(1)
    })

    testIn(client, 'what was cut off before it was answered is not sent again', async ({ server, admin, open }) => {
      await using proxy = await TcpProxy.start(server)
      const backend = open({ url: `redis://127.0.0.1:${proxy.port}` })
      const append = (nonce: string): Promise<RecordRef> =>
        backend.journal.append('ns', { nonce, origin: 'test', kind: 'keys', items: ['k'], markTtlMs: 60_000 })
      await append('answered')
      const before = await admin.xlen('{ns}:journal')
      proxy.set({ down: { kind: 'hold' } })
      const appending = took(append('cut off'))
      await eventually(async () => (await admin.xlen('{ns}:journal')) === before + 1)
      proxy.cut()
      proxy.heal()
      expect((await appending).error).toBeInstanceOf(StoreUnavailableError)
      await append('afterwards')
      expect(await admin.xlen('{ns}:journal')).toBe(before + 2)
    })

    testIn(
      client,
      'a connection that goes dead without an end is replaced while calls go on',
      async ({ server, open }) => {
        await using proxy = await TcpProxy.start(server)
        const backend = open({ url: `redis://127.0.0.1:${proxy.port}`, timeoutMs: TIMEOUT_MS })
        await backend.store.get('a')
        const dead = new Set<TcpConnection>()
        // It is asked at once about those that are there.
        let isThere = true
        proxy.set({
          down: { kind: 'swallow' },
          only: (connection) => (isThere ? dead.add(connection) : dead).has(connection),
        })
        isThere = false
        expect(dead.size).toBeGreaterThan(0)
        const start = systemClock.monotonic()
        await eventually(async () => (await backend.store.get('a')) === undefined)
        expect(systemClock.monotonic() - start).toBeLessThan(5000)
      },
    )

    testIn(
      client,
      'a call that waited for the connection in vain is not sent afterwards',
      async ({ server, admin, open }) => {
        server.pause()
        const backend = open({ timeoutMs: TIMEOUT_MS })
        const { error } = await took(backend.store.take('a', { token: TOKEN, leaseMs: 60_000 }))
        expect(error).toBeInstanceOf(StoreTimeoutError)
        server.resume()
        await eventually(async () => (await backend.store.get('a')) === undefined)
        expect(await admin.exists('a:lease')).toBe(0)
      },
    )
  })

  describe('scripts', () => {
    testIn(
      client,
      'are sent along when the server does not know them, and run by hash after that',
      async ({ admin, open }) => {
        const backend = open()
        await backend.store.release('a', TOKEN)
        await admin.script('FLUSH')
        await admin.config('RESETSTAT')
        for (let i = 0; i < 3; i++) await backend.store.release('a', TOKEN)
        const stats = await admin.info('commandstats')
        expect(/cmdstat_eval:calls=(\d+)/.exec(stats)?.[1]).toBe('1')
        expect(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1]).toBe('3')
      },
    )

    testIn(client, 'work on a server that came back empty', async ({ server, open }) => {
      const backend = open()
      await backend.store.take('a', { token: TOKEN, leaseMs: 60_000 })
      const { head } = await backend.journal.sync('ns', undefined)
      await server.restart()
      await eventually(
        async () => (await backend.store.take('a', { token: TOKEN, leaseMs: 60_000 })).kind === 'granted',
      )
      expect(await backend.journal.sync('ns', head)).toMatchObject({ kind: 'reset' })
    })

    testIn(client, 'many first calls at once each take effect once', async ({ open }) => {
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
})
