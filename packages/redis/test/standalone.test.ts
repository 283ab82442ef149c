import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { redis } from '../src/index.ts'
import type { RedisBackend, RedisServerOptions } from '../src/index.ts'
import { eventually } from './eventually.ts'

const TOKEN = 'token-of-16-char'

let folder: string
let socketPath: string
let server: ServerHandle
let admin: Redis
const opened: RedisBackend[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'larder-socket-'))
  // A name that a URL has to escape.
  socketPath = join(folder, 'redis server.sock')
  server = await startRedis({ password: 'p@ss/word', socketPath })
  admin = new Redis(server.url)
  await admin.call('ACL', 'SETUSER', 'app', 'on', '>other', '~*', '&*', '+@all')
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map((backend) => backend.close()))
  await admin.flushall()
})

afterAll(async () => {
  admin?.disconnect()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** In which database a lease lies that was taken through these options, and by whom; its channel is heard as well. */
async function reached(options: RedisServerOptions): Promise<string> {
  const backend = redis(options)
  opened.push(backend)
  await backend.store.take('a', { token: TOKEN, leaseMs: 10_000 })
  let heard = 0
  backend.journal.tail('ns', { record: () => {}, resync: () => heard++ })
  await eventually(() => heard > 0)
  const clients = String(await admin.call('CLIENT', 'LIST'))
  const users = [...clients.matchAll(/cmd=(?:evalsha|eval|subscribe) user=(\w+)/g)].map(([, user]) => user)
  for (let db = 0; db < 4; db++) {
    await admin.select(db)
    if ((await admin.get('a:lease')) === TOKEN) return `db${db} ${[...new Set(users)].join()}`
  }
  return 'nowhere'
}

const password = 'p@ss/word'

test('a URL with a password reaches database 0', async () => {
  expect(await reached({ url: server.url })).toBe('db0 default')
})

test('a URL with user, password and database', async () => {
  expect(await reached({ url: `redis://app:other@127.0.0.1:${server.port}/3` })).toBe('db3 app')
})

test('a URL that options complete', async () => {
  expect(await reached({ url: `redis://127.0.0.1:${server.port}`, db: 2, username: 'app', password: 'other' })).toBe(
    'db2 app',
  )
})

test('host and port', async () => {
  expect(await reached({ host: '127.0.0.1', port: server.port, password, db: 1 })).toBe('db1 default')
})

test('a unix socket, by its path', async () => {
  expect(await reached({ path: socketPath, password })).toBe('db0 default')
})

test('a unix socket, by a URL', async () => {
  const credentials = { username: 'app', password: 'other' }
  expect(await reached({ url: `unix://${encodeURI(socketPath)}`, ...credentials, db: 3 })).toBe('db3 app')
})

test('a database that there is not is told as such, and no other is used in its place', async () => {
  const backend = redis({ url: server.url, db: 99 })
  opened.push(backend)
  for (let i = 0; i < 3; i++)
    await expect(backend.store.take('a', { token: TOKEN, leaseMs: 1000 })).rejects.toThrow(/refused the database.*`db`/)
  expect(await admin.dbsize()).toBe(0)
})

test('a user who may not choose the database is told so, and no other is used in its place', async () => {
  await admin.call('ACL', 'SETUSER', 'bound', 'on', '>other', '~*', '&*', '+@all', '-select')
  const backend = redis({ url: `redis://bound:other@127.0.0.1:${server.port}/1` })
  opened.push(backend)
  await expect(backend.store.take('a', { token: TOKEN, leaseMs: 1000 })).rejects.toThrow(/may call `select`/)
  await admin.select(0)
  expect(await admin.dbsize()).toBe(0)
})
