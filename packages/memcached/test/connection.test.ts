import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { StoreTimeoutError, StoreUnavailableError } from '@larder/core'
import type { Frame } from '@larder/core/contracts'
import { buildFrame, startMemcached, TcpProxy } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { memcached } from '../src/index.ts'
import type { MemcachedBackend, MemcachedOptions } from '../src/index.ts'
import { BareMemcached } from './bare-memcached.ts'
import { eventually } from './eventually.ts'
import { say } from './say.ts'

let server: ServerHandle
let proxy: TcpProxy
const opened: MemcachedBackend[] = []

beforeAll(async () => {
  server = await startMemcached({ own: true })
  proxy = await TcpProxy.start(server)
})

afterEach(async () => {
  proxy.heal()
  await Promise.all(opened.splice(0).map((backend) => backend.close()))
})

afterAll(async () => {
  await proxy?.close()
  await server?.stop()
})

function open(options: MemcachedOptions): MemcachedBackend {
  const backend = memcached(options)
  opened.push(backend)
  return backend
}

const token = (name: string): string => name.padEnd(16, '_')
const frame = (name: string, bytes = 0): Frame => buildFrame({ id: token(name), payload: new Uint8Array(bytes) })

/** Stores a frame whose id is the token of `name`. */
async function put(backend: MemcachedBackend, key: string, [value, name]: readonly [Frame, string]): Promise<boolean> {
  await backend.store.drop(key, { mode: 'set', token: token(name), leaseMs: 60_000 })
  return backend.store.fill(key, { token: token(name), frame: value, ttlMs: 60_000 })
}

async function timed(work: Promise<unknown>): Promise<{ readonly ms: number; readonly error: unknown }> {
  const startedAt = performance.now()
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return { ms: performance.now() - startedAt, error }
}

test('a server that takes bytes and answers none hangs nobody, and is used again once it answers', async () => {
  const backend = open({ servers: [`127.0.0.1:${proxy.port}`], timeoutMs: 200 })
  await put(backend, 'hang', [frame('a'), 'a'])
  proxy.set({ down: { kind: 'hold' } })
  const calls = [
    backend.store.get('hang'),
    backend.store.getMany(['hang', 'x']),
    backend.store.take('hang', { token: token('b'), leaseMs: 1000 }),
    backend.store.drop('hang', { mode: 'delete' }),
    backend.journal.append('ns', { nonce: token('n'), origin: '', kind: 'tags', items: ['a'], markTtlMs: 1000 }),
    backend.journal.marks('ns', { names: ['#a'] }),
  ]
  const ended = await Promise.all(calls.map(timed))
  // The first to run out of time gives the connection up, for all of them.
  expect(ended[0]?.error).toBeInstanceOf(StoreTimeoutError)
  for (const { ms, error } of ended) {
    expect((error as { code: string }).code).toMatch(/^ERR_LARDER_STORE_(TIMEOUT|UNAVAILABLE)$/)
    expect(ms).toBeLessThan(1000)
  }
  expect((await backend.health()).status).toBe('down')
  proxy.heal()
  await eventually(async () => (await backend.health()).status === 'healthy')
})

test('a server that was stopped with SIGSTOP hangs nobody', async () => {
  await using own = await startMemcached({ own: true })
  const backend = open({ servers: [own.url], timeoutMs: 200 })
  await backend.store.get('a')
  own.pause()
  for (let i = 0; i < 3; i++) expect((await timed(backend.store.get('a'))).ms).toBeLessThan(1000)
  own.resume()
  await eventually(async () => (await backend.store.get('a')) === undefined)
})

test('a slow server is waited for within the time, not beyond', async () => {
  proxy.set({ down: { kind: 'delay', ms: 60 } })
  const patient = open({ servers: [`127.0.0.1:${proxy.port}`], timeoutMs: 2000 })
  expect(await put(patient, 'slow', [frame('a'), 'a'])).toBe(true)
  const hasty = open({ servers: [`127.0.0.1:${proxy.port}`], timeoutMs: 40 })
  expect((await timed(hasty.store.get('slow'))).error).toBeInstanceOf(Error)
})

test('a connection that is cut costs the calls under way, and the next one connects', async () => {
  const backend = open({ servers: [`127.0.0.1:${proxy.port}`], timeoutMs: 1000 })
  await put(backend, 'cut', [frame('a'), 'a'])
  proxy.set({ down: { kind: 'hold' } })
  const calls = Array.from({ length: 50 }, () => timed(backend.store.get('cut')))
  await new Promise((resolve) => setImmediate(resolve))
  proxy.cut()
  proxy.heal()
  for (const { error } of await Promise.all(calls)) expect(error).toBeInstanceOf(StoreUnavailableError)
  await eventually(async () => (await backend.store.get('cut')) !== undefined)
})

test('while nobody listens calls are refused at once, and the server is used again when it is back', async () => {
  await using own = await startMemcached({ own: true })
  const backend = open({ servers: [own.url], timeoutMs: 3000 })
  await backend.store.get('a')
  await own.kill()
  for (let i = 0; i < 20; i++) {
    const { ms, error } = await timed(backend.store.get('a'))
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(ms).toBeLessThan(500)
  }
  await own.restart()
  await eventually(async () => (await backend.store.get('a')) === undefined)
})

test('ten thousand reads at once, in slices, get their own values', async () => {
  proxy.set({ down: { kind: 'slice', bytes: 1000 } })
  const backend = open({ servers: [`127.0.0.1:${proxy.port}`], timeoutMs: 20_000 })
  for (let i = 0; i < 20; i++) await put(backend, `many${i}`, [frame(`f${i}`), `f${i}`])
  const reads = Array.from({ length: 10_000 }, (_, i) => backend.store.get(`many${i % 20}`))
  for (const [i, got] of (await Promise.all(reads)).entries())
    expect(Buffer.from(got ?? []).equals(frame(`f${i % 20}`))).toBe(true)
})

test('the largest frame of the manifest fits, a larger one is refused by the server and leaves nothing stale', async () => {
  const backend = open({ servers: [server.url] })
  await backend.store.get('a')
  const largest = backend.store.manifest.maxFrameBytes
  expect(largest).toBe(2 ** 20 - 1024)
  const key = 'k'.repeat(300)
  const filler = frame('a', largest - frame('a').length)
  expect(await put(backend, key, [filler, 'a'])).toBe(true)
  expect((await backend.store.take(key, { token: token('b'), seenId: token('a'), leaseMs: 1000 })).kind).toBe('granted')
  expect(Buffer.from((await backend.store.get(key)) ?? []).equals(filler)).toBe(true)
  await backend.store.drop(key, { mode: 'set', token: token('b'), leaseMs: 1000 })
  const tooLarge = { token: token('b'), frame: frame('b', 2 ** 21), ttlMs: 1000 }
  await expect(backend.store.fill(key, tooLarge)).rejects.toThrow(/object too large/)
  expect(await backend.store.get(key)).toBeUndefined()
})

test('a server that takes less says so, and is believed', async () => {
  await using small = await startMemcached({ own: true, args: ['-I', '64k', '-o', 'slab_chunk_max=32'] })
  const backend = open({ servers: [server.url, small.url] })
  await backend.health()
  expect(backend.store.manifest.maxFrameBytes).toBe(65_536 - 1024)
})

test('a server without compare-and-set is refused, with the reason', async () => {
  await using own = await startMemcached({ own: true, args: ['-C'] })
  const backend = open({ servers: [own.url] })
  await expect(backend.store.get('a')).rejects.toThrow(/started with -C/)
})

test('name and password are sent, and wrong ones are told as such and not repeated', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'larder-memcached-'))
  try {
    const file = join(folder, 'accounts')
    await writeFile(file, 'larder:hunter2\n')
    await using own = await BareMemcached.start(['-Y', file])
    const servers = [`127.0.0.1:${own.port}`]
    const backend = open({ servers, username: 'larder', password: 'hunter2' })
    expect(await put(backend, 'auth', [frame('a'), 'a'])).toBe(true)
    for (const options of [{ username: 'larder', password: 'canary' }, {}]) {
      const error = (await timed(open({ servers, ...options }).store.get('a'))).error
      expect(String(error)).toMatch(/credentials|refused a command/)
      expect(String(error)).not.toMatch(/canary/)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('a server that speaks TLS only is reached with its authority, and not without', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'larder-memcached-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
    await promisify(execFile)('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '1',
      '-keyout',
      key,
      '-out',
      cert,
      ...subject,
    ])
    await using own = await BareMemcached.start(['-Z', '-o', `ssl_chain_cert=${cert},ssl_key=${key}`])
    const servers = [`localhost:${own.port}`]
    const backend = open({ servers, tls: { ca: await readFile(cert) } })
    expect(await put(backend, 'tls', [frame('a', 200_000), 'a'])).toBe(true)
    expect((await backend.store.get('tls'))?.length).toBe(frame('a', 200_000).length)
    await expect(open({ servers, tls: true }).store.get('tls')).rejects.toThrow(/SELF_SIGNED/)
    await expect(open({ servers, timeoutMs: 300 }).store.get('tls')).rejects.toThrow()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('a unix socket is a server like others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'larder-memcached-'))
  const path = join(folder, 'socket')
  const relay = createServer((client) => {
    const inner = connect(server.port, '127.0.0.1')
    client.pipe(inner).pipe(client)
    for (const socket of [client, inner]) socket.on('error', () => inner.destroy())
  })
  await new Promise<void>((resolve) => relay.listen(path, resolve))
  try {
    const backend = open({ servers: [`unix:${path}`] })
    expect(await put(backend, 'unix', [frame('a'), 'a'])).toBe(true)
    await backend.close()
  } finally {
    await new Promise((resolve) => relay.close(resolve))
    await rm(folder, { recursive: true, force: true })
  }
})

test('keys that the protocol could not carry are stored under their hash, and commands in them are not carried out', async () => {
  const backend = open({ servers: [server.url] })
  const keys = ['a b', 'a\r\nflush_all\r\n', 'é', 'k'.repeat(249), 'k'.repeat(10_000), '', '\0', ' ']
  for (const [i, key] of keys.entries()) await put(backend, key, [frame(`o${i}`), `o${i}`])
  for (const [i, key] of keys.entries()) expect((await backend.store.get(key))?.length, key).toBe(frame(`o${i}`).length)
  expect(await say(server.port, `mg v:${'k'.repeat(248)} s`)).toMatch(/^EN/)
})
