import { contractTests, journalSuite, locksSuite, queueSuite, startRedis, storeSuite } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { redis } from '../../src/index.ts'
import type { RedisBackend } from '../../src/index.ts'
import { elapse } from '../elapse.ts'
import { eventually, sleep } from '../eventually.ts'
import { documentedUser } from './documented-user.ts'
import { exercise } from './exercise.ts'

const [user = '', ...rules] = documentedUser()
const password = rules.find((rule) => rule.startsWith('>'))?.slice(1) ?? ''
const commands = rules.filter((rule) => rule.startsWith('+')).map((rule) => rule.slice(1))
/** What only saves time: without it, everything comes to pass, later. */
const ACCELERATORS = ['publish', 'subscribe', 'unsubscribe']
/** What only tidies up, or looks after: nothing goes wrong without it, and the server notes that it was refused. */
const TIDYING = ['xack', 'xgroup|delconsumer', 'unsubscribe', 'info']
/** The namespace of the documentation; the user may touch no other. */
const NAMESPACE = 'shop'

let server: ServerHandle
let admin: Redis
let backend: RedisBackend
let caches = 0

function open(timeoutMs = 1000): RedisBackend {
  return redis({ url: `redis://${user}:${password}@127.0.0.1:${server.port}/0`, timeoutMs })
}

const trim = async (stream: string): Promise<void> => void (await admin.xtrim(stream, 'MAXLEN', 0))

beforeAll(async () => {
  server = await startRedis({ own: true })
  admin = new Redis(server.url)
})

beforeEach(async () => {
  await admin.call('ACL', 'SETUSER', user, 'reset', ...rules)
  await admin.call('ACL', 'LOG', 'RESET')
  backend = open()
})

afterEach(async () => {
  await backend.close()
})

afterAll(async () => {
  admin?.disconnect()
  await server?.stop()
})

/** What the server refused since the log was reset. */
async function refused(): Promise<readonly string[]> {
  const log = (await admin.call('ACL', 'LOG')) as Record<string, unknown>[] | unknown[][]
  return log.map((entry) =>
    Array.isArray(entry) ? String(entry[entry.indexOf('object') + 1]) : String(entry['object']),
  )
}

describe('the user of the documentation', () => {
  test('may do all that Larder does, and the server refuses it nothing', async () => {
    await exercise(backend, NAMESPACE, trim)
    expect((await refused()).filter((object) => object !== 'client|setinfo')).toEqual([])
  })

  test('may do nothing else', async () => {
    const client = new Redis({ port: server.port, username: user, password })
    await admin.set('other', 'secret')
    for (const command of ['KEYS *', 'SCAN 0', 'FLUSHALL', 'FLUSHDB', 'CONFIG GET *', 'MONITOR', 'GET other'])
      await expect(client.call(...(command.split(' ') as [string]))).rejects.toThrow(/NOPERM/)
    await expect(client.set('shopping', 'x')).rejects.toThrow(/NOPERM/)
    await expect(client.subscribe('other')).rejects.toThrow(/NOPERM/)
    client.disconnect()
  })

  test.each(commands)('needs the permission to call %s', async (command) => {
    await backend.close()
    await admin.call('ACL', 'SETUSER', user, `-${command}`)
    await admin.script('FLUSH')
    backend = open(250)
    const failure: unknown = await Promise.race([
      exercise(backend, NAMESPACE, trim).then(
        () => undefined,
        (error: unknown) => error,
      ),
      // An accelerator that is missing is not missed by what it would have told.
      sleep(600).then(() => 'it waits for a message'),
    ])
    const denied = (await refused()).filter((object) => object !== 'client|setinfo')
    if (!TIDYING.includes(command)) expect(failure).toBeDefined()
    if (!ACCELERATORS.includes(command)) expect(failure).not.toBe('it waits for a message')
    expect(denied).toContain(command)
  })
})

describe('with the commands of that user, in any namespace', () => {
  const namespaced = { elapse: (ms: number) => elapse(admin, ms), eventually, namespace: NAMESPACE }

  beforeEach(async () => {
    await admin.flushall()
    await admin.call('ACL', 'SETUSER', user, 'reset', ...rules.map((rule) => rule.replaceAll(NAMESPACE, '*')))
  })

  for (const { name, run } of contractTests(locksSuite, () => ({
    ...namespaced,
    manifest: backend.locks.manifest,
    locks: backend.locks,
    wipe: async () => void (await admin.flushall()),
  })))
    test(`the locks: ${name}`, run)

  for (const { name, run } of contractTests(journalSuite, () => ({
    ...namespaced,
    manifest: backend.journal.manifest,
    journal: backend.journal,
    wipe: async () => {
      await admin.flushall()
      await sleep(3)
    },
  })))
    test(`the journal: ${name}`, run)

  for (const { name, run } of contractTests(storeSuite, () => ({
    ...namespaced,
    manifest: backend.store.manifest,
    store: backend.store,
  })))
    test(`the store: ${name}`, run)

  for (const { name, run } of contractTests(queueSuite, () => ({
    ...namespaced,
    manifest: backend.queue.manifest,
    queue: backend.queue,
    store: backend.store,
    name: { namespace: NAMESPACE, cache: `cache${++caches}` },
  })))
    test(`the queue: ${name}`, run)
})
