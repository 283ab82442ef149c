import type { Append, JournalRecord, TailListener } from '@larder/core/contracts'
import { describe, expect, vi } from 'vitest'
import type { RedisBackend } from '../src/index.ts'
import { CLIENTS } from './clients.ts'
import type { ClientUnderTest } from './clients.ts'
import { eventually, sleep } from './eventually.ts'
import { testIn } from './world.ts'
import type { World } from './world.ts'

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

/** Two backends on a server, and what goes between them. */
class Pair {
  readonly backends: readonly [RedisBackend<unknown>, RedisBackend<unknown>]

  constructor({ open }: World) {
    this.backends = [open({ timeoutMs: 500 }), open({ timeoutMs: 500 })]
  }

  async append(nonce: string, namespace = 'ns'): Promise<void> {
    const record: Append = { nonce, origin: 'node-1', kind: 'keys', items: ['users:1'], markTtlMs: 1000 }
    await this.backends[0].journal.append(namespace, record)
  }

  async listen(namespace = 'ns'): Promise<readonly [Listener, Listener]> {
    const listeners = [new Listener(), new Listener()] as const
    this.backends.forEach((backend, i) => backend.journal.tail(namespace, listeners[i] as Listener))
    await eventually(() => listeners.every(({ resyncs }) => resyncs > 0))
    return listeners
  }
}

describe.concurrent.each(CLIENTS)('over $name', (client) => {
  testIn(client, 'two subscribers hear every record, in order', async (world) => {
    const pair = new Pair(world)
    const listeners = await pair.listen()
    const nonces = Array.from({ length: 100 }, (_, i) => `n${i}`)
    for (const nonce of nonces) await pair.append(nonce)
    await eventually(() => listeners.every(({ records }) => records.length === nonces.length))
    for (const listener of listeners) expect(listener.nonces).toEqual(nonces)
    expect(listeners[1]?.records[5]).toMatchObject({
      origin: 'node-1',
      kind: 'keys',
      items: ['users:1'],
      prev: { nonce: 'n4' },
    })
  })

  testIn(client, 'a subscriber that is cut off is told to sync, and hears records again', async (world) => {
    const { admin } = world
    const pair = new Pair(world)
    const [one, two] = await pair.listen()
    const [before, beforeTwo] = [one.resyncs, two.resyncs]
    expect(await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')).toBe(2)
    await eventually(() => one.resyncs > before && two.resyncs > beforeTwo)
    await pair.append('after')
    await eventually(() => one.nonces.includes('after') && two.nonces.includes('after'))
  })

  testIn(client, 'a server that came back is subscribed to again', async (world) => {
    const { server } = world
    const pair = new Pair(world)
    const [, two] = await pair.listen()
    const before = two.resyncs
    await server.restart()
    await eventually(() => two.resyncs > before)
    await eventually(async () => {
      await pair.append('after')
      return two.nonces.includes('after')
    })
  })

  testIn(client, 'an idle subscriber on a connection that went dead notices', async (world) => {
    const { server } = world
    const pair = new Pair(world)
    const [, two] = await pair.listen()
    const before = two.resyncs
    server.pause()
    // Longer than a heartbeat and the socket timeout together.
    await sleep(3500)
    server.resume()
    await eventually(() => two.resyncs > before)
    await pair.append('after')
    await eventually(() => two.nonces.includes('after'))
  })

  testIn(client, 'a subscription that the server refuses is asked for again until it is granted', async (world) => {
    const { server, admin, open } = world
    const pair = new Pair(world)
    await admin.acl('SETUSER', 'cache', 'on', '>secret', '~*', '+@all', 'resetchannels')
    const backend = open({ url: `redis://cache:secret@127.0.0.1:${server.port}` })
    const listener = new Listener()
    backend.journal.tail('ns', listener)
    await eventually(async () => String(await admin.call('CLIENT', 'LIST')).includes('user=cache'))
    await backend.journal.append('ns', { nonce: 'unheard', origin: 'o', kind: 'keys', items: [], markTtlMs: 1 })
    expect(listener.resyncs).toBe(0)
    await admin.acl('SETUSER', 'cache', 'allchannels')
    await eventually(() => listener.resyncs > 0)
    await pair.append('heard')
    await eventually(() => listener.nonces.includes('heard'))
  })

  testIn(client, 'messages that are not records make the listener sync', async (world) => {
    const { admin } = world
    const pair = new Pair(world)
    const [one] = await pair.listen()
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

  testIn(client, 'namespaces share one connection, and each hears its own', async (world) => {
    const { admin } = world
    const pair = new Pair(world)
    const [backend] = pair.backends
    const [a, b] = [new Listener(), new Listener()]
    const tailA = backend.journal.tail('a', a)
    backend.journal.tail('b', b)
    await eventually(() => a.resyncs > 0 && b.resyncs > 0)
    expect(
      String(await admin.call('CLIENT', 'LIST', 'TYPE', 'pubsub'))
        .trim()
        .split('\n'),
    ).toHaveLength(1)
    await pair.append('for a', 'a')
    await pair.append('for b', 'b')
    await eventually(() => a.records.length + b.records.length === 2)
    expect([a.nonces, b.nonces]).toEqual([['for a'], ['for b']])
    await tailA.close()
    await tailA.close()
    expect(await admin.pubsub('CHANNELS')).toEqual(['{b}:journal'])
  })
})

describe('over ioredis alone', () => {
  const ioredis = CLIENTS[0] as ClientUnderTest

  testIn(ioredis, 'a listener that throws does not keep the others from hearing', async (world) => {
    const pair = new Pair(world)
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const [backend] = pair.backends
    const fail = (): never => {
      throw new Error('a bug in the listener')
    }
    backend.journal.tail('ns', { record: fail, resync: fail })
    const [one] = await pair.listen()
    await pair.append('n')
    await eventually(() => one.nonces.includes('n'))
    expect(warn).toHaveBeenCalledWith(expect.objectContaining({ message: 'a bug in the listener' }))
    warn.mockRestore()
  })
})
