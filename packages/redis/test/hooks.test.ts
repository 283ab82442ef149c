import { StoreTimeoutError, StoreUnavailableError } from '@larder/core'
import { describe, expect, test, vi } from 'vitest'
import { redis } from '../src/index.ts'
import type { RedisCommand, RedisHooks, RedisOutcome } from '../src/index.ts'
import { CLIENTS } from './clients.ts'
import type { ClientUnderTest } from './clients.ts'
import { eventually } from './eventually.ts'
import { testIn } from './world.ts'

const TOKEN = 'canary-token-of-ours'
const FRAME = Buffer.from('canary-value')

/** Notes what it is told. */
class Notes implements RedisHooks {
  readonly begun: RedisCommand[] = []
  readonly ended: (readonly [RedisCommand, RedisOutcome])[] = []
  readonly connections: string[] = []
  before = (command: RedisCommand): void => void this.begun.push(command)
  after = (command: RedisCommand, outcome: RedisOutcome): void => void this.ended.push([command, outcome])
  connected = (connection: string): void => void this.connections.push(`${connection} connected`)
  disconnected = (connection: string): void => void this.connections.push(`${connection} lost`)
}

describe.concurrent.each(CLIENTS)('over $name', (client) => {
  testIn(client, 'hooks see every command that reaches the server, in order', async ({ admin, open }) => {
    const notes = new Notes()
    const backend = open({ hooks: notes })
    await backend.store.get('warm')
    const monitor = await admin.monitor()
    const seen: string[] = []
    monitor.on('monitor', (_time: string, [name = '', ...args]: string[], source: string) => {
      // What scripts call is not sent; nor do we know what libraries say of themselves.
      if (source !== 'lua' && name.toLowerCase() !== 'client') seen.push(`${name.toLowerCase()} ${args.length}`)
    })
    notes.begun.length = 0
    await backend.store.take('k', { token: TOKEN, leaseMs: 1000 })
    await backend.store.fill('k', { token: TOKEN, frame: FRAME, ttlMs: 1000 })
    await Promise.all([backend.store.get('k'), backend.store.get('l')])
    await backend.health()
    await eventually(() => seen.length === notes.begun.length)
    expect(notes.begun.map(({ name, argumentCount }) => `${name} ${argumentCount}`)).toEqual(seen)
    expect(notes.begun).toEqual([
      { name: 'evalsha', script: 'take', keys: ['k', 'k:lease', 'k:dirty'], argumentCount: 8, connection: 'commands' },
      { name: 'eval', script: 'take', keys: ['k', 'k:lease', 'k:dirty'], argumentCount: 8, connection: 'commands' },
      { name: 'evalsha', script: 'fill', keys: ['k', 'k:lease', 'k:floor'], argumentCount: 8, connection: 'commands' },
      { name: 'eval', script: 'fill', keys: ['k', 'k:lease', 'k:floor'], argumentCount: 8, connection: 'commands' },
      { name: 'mget', keys: ['k', 'l'], argumentCount: 2, connection: 'commands' },
      { name: 'ping', keys: [], argumentCount: 0, connection: 'commands' },
    ])
    expect(notes.ended.slice(1).map(([command]) => command)).toEqual(notes.begun)
    expect(notes.ended[1]?.[1]).toMatchObject({ kind: 'failed', error: { cause: { code: 'NOSCRIPT' } } })
    expect(notes.ended.at(-1)?.[1]).toEqual({ kind: 'answered', durationMs: expect.any(Number) as unknown })
    expect(JSON.stringify(notes)).not.toContain('canary')
    monitor.disconnect()
  })

  testIn(client, 'an error that a hook is told of holds no value', async ({ admin, open }) => {
    const notes = new Notes()
    const backend = open({ hooks: notes })
    await admin.rpush('k:lease', 'a list, not a lease')
    await backend.store.fill('k', { token: TOKEN, frame: FRAME, ttlMs: 1000 }).catch(() => {})
    const [, outcome] = notes.ended.at(-1) ?? []
    expect(outcome).toMatchObject({ kind: 'failed', error: { cause: { code: 'WRONGTYPE' } } })
    const error = outcome?.kind === 'failed' ? outcome.error : undefined
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(`${JSON.stringify(error)} ${error?.stack} ${JSON.stringify(error?.cause)}`).not.toContain('canary')
  })

  testIn(client, 'connections are told of, when they are made, lost and made again', async ({ admin, open }) => {
    const notes = new Notes()
    const backend = open({ hooks: notes })
    const resync = vi.fn<() => void>()
    backend.journal.tail('ns', { record: () => {}, resync })
    await backend.store.get('a')
    await eventually(() => resync.mock.calls.length === 1)
    expect(notes.connections.toSorted()).toEqual(['commands connected', 'subscriber connected'])
    expect(notes.begun).toContainEqual({
      name: 'subscribe',
      keys: ['{ns}:journal'],
      argumentCount: 1,
      connection: 'subscriber',
    })
    notes.connections.length = 0
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await eventually(() => resync.mock.calls.length === 2)
    expect(notes.connections).toEqual(['subscriber lost', 'subscriber connected'])
    notes.connections.length = 0
    // GLIDE does not tell when it replaces a connection.
    if (!client.tells) return
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await eventually(() => notes.connections.length === 2)
    expect(notes.connections).toEqual(['commands lost', 'commands connected'])
  })
})

describe('hooks that misbehave', () => {
  const ioredis = CLIENTS[0] as ClientUnderTest

  const throws = (): never => {
    throw new Error('a bug in a hook')
  }
  const misbehaviours: Readonly<Record<string, () => unknown>> = {
    throws,
    'throws what is no error': () => {
      throw Object.create(null) as Error
    },
    rejects: () => Promise.reject(new Error('a bug in a hook')),
    'answers a broken promise': () => Object.defineProperty({}, 'then', { get: throws }),
  }

  testIn(ioredis, 'a hook that throws, or rejects, hurts no call, and is reported once', async ({ open }) => {
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    for (const [how, misbehave] of Object.entries(misbehaviours)) {
      const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
      const backend = open({ hooks: { before: misbehave, after: misbehave, connected: misbehave } })
      for (let i = 0; i < 3; i++) {
        expect((await backend.store.take(`${how} ${i}`, { token: TOKEN, leaseMs: 1000 })).kind).toBe('granted')
        expect(await backend.store.get('k')).toBeUndefined()
      }
      await new Promise(setImmediate)
      const messages = warn.mock.calls.map(([message]) => /`(\w+)`/.exec(String(message))?.[1])
      expect(messages.toSorted(), how).toEqual(['after', 'before', 'connected'])
      vi.restoreAllMocks()
    }
    expect(unhandled).toEqual([])
    process.off('unhandledRejection', note)
  })

  testIn(ioredis, 'a hook that changes what it is told changes nothing that is sent', async ({ open }) => {
    const backend = open({
      hooks: { before: (command) => (command.keys as string[]).splice(0, 9, 'other') },
    })
    await backend.store.take('k', { token: TOKEN, leaseMs: 1000 })
    await backend.store.fill('k', { token: TOKEN, frame: FRAME, ttlMs: 1000 })
    expect(String(await backend.store.get('k'))).toBe('canary-value')
  })

  testIn(ioredis, 'a command that is not answered in time is told of when the library gives it up', async (world) => {
    const notes = new Notes()
    const backend = world.open({ hooks: notes, timeoutMs: 200 })
    await backend.store.get('a')
    world.server.pause()
    await expect(backend.store.get('a')).rejects.toBeInstanceOf(StoreTimeoutError)
    world.server.resume()
    await eventually(() => notes.ended.length === 2)
    expect(notes.ended[1]).toMatchObject([{ name: 'get', keys: ['a'] }, { durationMs: expect.any(Number) as unknown }])
  })
})

test.each([
  ['something that is no object', 'log', /`hooks` is not an object/],
  ['a hook that does not exist', { onCommand: () => {} }, /`hooks` has none of before, after/],
  ['a hook that is no function', { before: 5 }, /`hooks.before` is not a function/],
])('%s is a TypeError', (_name, hooks, message) => {
  expect(() => redis({ hooks: hooks as RedisHooks })).toThrow(message)
})
