import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import type { JournalRecord, TailListener } from '@larder/core/contracts'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { redis } from '../src/index.ts'
import type { RedisBackend } from '../src/index.ts'
import { eventually, sleep } from './eventually.ts'

/** Notes what it hears. */
class Listener implements TailListener {
  readonly records: JournalRecord[] = []
  resyncs = 0

  record(record: JournalRecord): void {
    this.records.push(record)
  }

  resync(): void {
    this.resyncs++
  }

  get nonces(): readonly string[] {
    return this.records.map((record) => record.nonce)
  }
}

let server: ServerHandle
let admin: Redis
let backends: RedisBackend[]

beforeEach(async () => {
  server = await startRedis({ own: true })
  admin = new Redis(server.url)
  admin.on('error', () => {})
  backends = [0, 1].map(() => redis({ url: server.url, timeoutMs: 500 }))
})

afterEach(async () => {
  await Promise.all(backends.map((backend) => backend.close()))
  admin.disconnect()
  await server.stop()
})

async function append(nonce: string, namespace = 'ns'): Promise<void> {
  await backends[0]?.journal.append(namespace, {
    nonce,
    origin: 'node-1',
    kind: 'keys',
    items: ['users:1'],
    markTtlMs: 1000,
  })
}

async function listen(namespace = 'ns'): Promise<Listener[]> {
  const listeners = backends.map(() => new Listener())
  backends.forEach((backend, i) => backend.journal.tail(namespace, listeners[i] as Listener))
  await eventually(() => listeners.every(({ resyncs }) => resyncs > 0))
  return listeners
}

test('two subscribers hear every record, in order', async () => {
  const listeners = await listen()
  const nonces = Array.from({ length: 100 }, (_, i) => `n${i}`)
  for (const nonce of nonces) await append(nonce)
  await eventually(() => listeners.every(({ records }) => records.length === nonces.length))
  for (const listener of listeners) expect(listener.nonces).toEqual(nonces)
  expect(listeners[1]?.records[5]).toMatchObject({
    origin: 'node-1',
    kind: 'keys',
    items: ['users:1'],
    prev: { nonce: 'n4' },
  })
})

test('a subscriber that is cut off is told to sync, and hears records again', async () => {
  const [one, two] = (await listen()) as [Listener, Listener]
  const [before, beforeTwo] = [one.resyncs, two.resyncs]
  expect(await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')).toBe(2)
  await eventually(() => one.resyncs > before && two.resyncs > beforeTwo)
  await append('after')
  await eventually(() => one.nonces.includes('after') && two.nonces.includes('after'))
})

test('a server that came back is subscribed to again', async () => {
  const [, two] = (await listen()) as [Listener, Listener]
  const before = two.resyncs
  await server.restart()
  await eventually(() => two.resyncs > before)
  await eventually(async () => {
    await append('after')
    return two.nonces.includes('after')
  })
})

test('an idle subscriber on a connection that went dead notices', async () => {
  const [, two] = (await listen()) as [Listener, Listener]
  const before = two.resyncs
  server.pause()
  // Longer than a heartbeat and the socket timeout together.
  await sleep(3500)
  server.resume()
  await eventually(() => two.resyncs > before)
  await append('after')
  await eventually(() => two.nonces.includes('after'))
})

test('a subscription that the server refuses is asked for again until it is granted', async () => {
  await admin.acl('SETUSER', 'cache', 'on', '>secret', '~*', '+@all', 'resetchannels')
  const backend = redis({ url: `redis://cache:secret@127.0.0.1:${server.port}` })
  backends.push(backend)
  const listener = new Listener()
  backend.journal.tail('ns', listener)
  await eventually(async () => String(await admin.call('CLIENT', 'LIST')).includes('user=cache'))
  await backend.journal.append('ns', { nonce: 'unheard', origin: 'o', kind: 'keys', items: [], markTtlMs: 1 })
  expect(listener.resyncs).toBe(0)
  await admin.acl('SETUSER', 'cache', 'allchannels')
  await eventually(() => listener.resyncs > 0)
  await append('heard')
  await eventually(() => listener.nonces.includes('heard'))
})

test('messages that are not records make the listener sync', async () => {
  const [one] = (await listen()) as [Listener, Listener]
  const before = one.resyncs
  for (const text of [
    '',
    'null',
    '[]',
    '{}',
    '{"id":"1-1"}',
    '{"id":"1-1","nonce":"n","origin":"o","kind":"new","items":[]}',
  ]) {
    await admin.publish('{ns}:journal', text)
  }
  await eventually(() => one.resyncs === before + 6)
  expect(one.records).toEqual([])
})

test('namespaces share one connection, and each hears its own', async () => {
  const backend = backends[0] as RedisBackend
  const [a, b] = [new Listener(), new Listener()]
  const tailA = backend.journal.tail('a', a)
  backend.journal.tail('b', b)
  await eventually(() => a.resyncs > 0 && b.resyncs > 0)
  expect(
    String(await admin.call('CLIENT', 'LIST', 'TYPE', 'pubsub'))
      .trim()
      .split('\n'),
  ).toHaveLength(1)
  await append('for a', 'a')
  await append('for b', 'b')
  await eventually(() => a.records.length + b.records.length === 2)
  expect([a.nonces, b.nonces]).toEqual([['for a'], ['for b']])
  await tailA.close()
  await tailA.close()
  expect(await admin.pubsub('CHANNELS')).toEqual(['{b}:journal'])
})

test('a listener that throws does not keep the others from hearing', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const backend = backends[0] as RedisBackend
  const fail = (): never => {
    throw new Error('a bug in the listener')
  }
  backend.journal.tail('ns', { record: fail, resync: fail })
  const [one] = (await listen()) as [Listener]
  await append('n')
  await eventually(() => one.nonces.includes('n'))
  expect(warn).toHaveBeenCalledWith(expect.objectContaining({ message: 'a bug in the listener' }))
  warn.mockRestore()
})
