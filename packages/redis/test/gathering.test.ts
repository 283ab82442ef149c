import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { redis } from '../src/index.ts'
import type { RedisBackend } from '../src/index.ts'

let server: ServerHandle
let admin: Redis
let backend: RedisBackend

async function calls(): Promise<Readonly<Record<string, number>>> {
  const stats = await admin.info('commandstats')
  const found = [...stats.matchAll(/cmdstat_(get|mget):calls=(\d+)/g)]
  return Object.fromEntries(found.map((match) => [String(match[1]), Number(match[2])]))
}

beforeAll(async () => {
  server = await startRedis({ own: true })
  admin = new Redis(server.url)
  backend = redis({ url: server.url })
  await backend.store.get('warm')
  await admin.mset(Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`k${i}`, `v${i}`])))
})

beforeEach(async () => {
  await admin.config('RESETSTAT')
})

afterAll(async () => {
  await backend?.close()
  admin?.disconnect()
  await server?.stop()
})

test('the reads of one turn are one MGET, each with its own answer', async () => {
  const keys = ['k1', 'missing', 'k2', 'k1', ...Array.from({ length: 60 }, (_, i) => `k${i}`)]
  const frames = await Promise.all(keys.map((key) => backend.store.get(key)))
  expect(frames.map((frame) => (frame === undefined ? undefined : Buffer.from(frame).toString()))).toEqual(
    keys.map((key) => (key === 'missing' ? undefined : key.replace('k', 'v'))),
  )
  expect(await calls()).toEqual({ mget: 1 })
})

test('a read that is alone is a plain GET', async () => {
  await backend.store.get('k1')
  await backend.store.get('k2')
  expect(await calls()).toEqual({ get: 2 })
})

test('getMany joins the gathering, and a thousand keys are two commands', async () => {
  const [many, one] = await Promise.all([
    backend.store.getMany(Array.from({ length: 1000 }, (_, i) => `k${i}`)),
    backend.store.get('k1500'),
  ])
  expect(many).toHaveLength(1000)
  expect(String(many[999])).toBe('v999')
  expect(String(one)).toBe('v1500')
  expect(await calls()).toEqual({ mget: 2 })
})

test('getMany of nothing asks nothing', async () => {
  expect(await backend.store.getMany([])).toEqual([])
  expect(await calls()).toEqual({})
})
