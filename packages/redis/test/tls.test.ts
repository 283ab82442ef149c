import { makeCertificates, startRedis } from '@larder/testing'
import type { ServerHandle, TestCertificates } from '@larder/testing'
import { StoreUnavailableError } from '@larder/core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { redis } from '../src/index.ts'
import type { RedisBackend, RedisServerOptions } from '../src/index.ts'
import { eventually } from './eventually.ts'

let certificates: TestCertificates
let server: ServerHandle
let plain: ServerHandle
let backend: RedisBackend | undefined

beforeAll(async () => {
  certificates = await makeCertificates()
  server = await startRedis({ tls: certificates, args: ['--tls-protocols', 'TLSv1.2 TLSv1.3'] })
  plain = await startRedis({ own: true })
})

afterEach(async () => {
  await backend?.close()
})

afterAll(async () => {
  await Promise.all([server?.stop(), plain?.stop()])
  await certificates?.remove()
})

function open(options: RedisServerOptions): RedisBackend {
  backend = redis({ url: server.url, ...options })
  return backend
}

async function refusal(options: RedisServerOptions): Promise<string> {
  const error: unknown = await open(options)
    .store.get('a')
    .then(
      () => undefined,
      (reason: unknown) => reason,
    )
  expect(error).toBeInstanceOf(StoreUnavailableError)
  return (error as Error).message
}

const trusted = (): { ca: string; servername: string } => ({
  ca: certificates.authority.certificate,
  servername: certificates.server.name,
})
const known = (): { ca: string; servername: string; cert: string; key: string } => ({
  ...trusted(),
  cert: certificates.client.certificate,
  key: certificates.client.key,
})

describe('a server that speaks TLS only', () => {
  test('is reached with its own authority, its name, and a certificate of the client; so is its channel', async () => {
    const { store, journal } = open({ tls: known() })
    expect(await store.take('a', { token: 'token-of-16-char', leaseMs: 1000 })).toEqual({ kind: 'granted' })
    const nonces: string[] = []
    let heard = 0
    journal.tail('ns', { record: ({ nonce }) => nonces.push(nonce), resync: () => heard++ })
    await eventually(() => heard > 0)
    await journal.append('ns', { nonce: 'n1', origin: 'o', kind: 'tags', items: ['t'], markTtlMs: 1000 })
    await eventually(() => nonces.includes('n1'))
  })

  test('a server whose authority is not known is refused, and the message says what to give', async () => {
    const { cert, key, servername } = known()
    expect(await refusal({ tls: { cert, key, servername } })).toMatch(/not trusted.*`tls\.ca`/)
  })

  test('a server with a certificate for another name is refused', async () => {
    expect(await refusal({ tls: { ...known(), servername: 'other.example' } })).toMatch(
      /another name.*`tls\.servername`.*ALTNAME/,
    )
  })

  // The server closes at once: whether its reason arrives before that is a matter of luck.
  test('without a certificate the client is refused', async () => {
    expect(await refusal({ tls: trusted() })).toMatch(/wants a certificate.*`tls\.cert`|ECONNRESET|EPIPE/)
  })

  test('with a certificate of another authority the client is refused', async () => {
    const { certificate: cert, key } = certificates.stranger
    expect(await refusal({ tls: { ...trusted(), cert, key } })).toMatch(/does not trust.*`tls\.cert`|ECONNRESET|EPIPE/)
  })

  test('is not reached without TLS', async () => {
    expect(await refusal({ url: `redis://127.0.0.1:${server.port}` })).toMatch(/not reachable|not available/)
  })
})

test('TLS to a server that does not speak it, and so waits for more, is given up in time', async () => {
  const error = open({ url: `rediss://127.0.0.1:${plain.port}`, timeoutMs: 300 }).store.get('a')
  await expect(error).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_LARDER_STORE_/) as string })
})
