import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { createCacheManager } from '@larder/core'
import type { CacheManager } from '@larder/core'
import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { redis } from '@larder/redis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { eventually } from './eventually.ts'

/** What docs/protocol.md tells services in other languages, done with nothing but redis-cli. */
const run = promisify(execFile)
let server: ServerHandle
let caches: CacheManager
let namespace = 0

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())
beforeEach(() => {
  caches = createCacheManager({ namespace: `shop${++namespace}`, l2: redis({ url: server.url }) })
})
afterEach(() => caches.close())

async function cli(...command: string[]): Promise<string> {
  const { stdout } = await run('redis-cli', ['-u', server.url, ...command])
  return stdout.trim()
}

async function warm(): Promise<ReturnType<typeof caches.cache<string>>> {
  const users = caches.cache<string>('users', { tags: ['people'] })
  await eventually(async () => (await caches.health()).live)
  await users.readThrough('42', () => 'old')
  expect(users.peek('42')).toBe('old')
  return users
}

test('a key that another service invalidates leaves the memory of the node', async () => {
  const users = await warm()
  const ns = `shop${namespace}`
  expect(await cli('DEL', `${ns}:{users:42}`, `${ns}:{users:42}:lease`)).toBe('1')
  const fields = ['nonce', 'n1', 'origin', 'billing', 'kind', 'keys', 'items', '["users:42"]']
  await cli('XADD', `{${ns}}:journal`, '*', ...fields)
  await cli('PUBLISH', `{${ns}}:journal`, '{}')
  await eventually(() => users.peek('42') === undefined)
  expect(await users.readThrough('42', () => 'new')).toBe('new')
})

test('a record without a message is found by the next sync', async () => {
  const users = await warm()
  const ns = `shop${namespace}`
  await cli('DEL', `${ns}:{users:42}`, `${ns}:{users:42}:lease`)
  await cli('XADD', `{${ns}}:journal`, '*', 'nonce', 'n1', 'origin', 'billing', 'kind', 'keys', 'items', '["users:42"]')
  await eventually(() => users.peek('42') === undefined)
})

test('a tag that another service invalidates makes its values invalid', async () => {
  const users = await warm()
  const ns = `shop${namespace}`
  const transaction = spawn('redis-cli', ['-u', server.url])
  transaction.stdin.end(
    [
      'MULTI',
      `XADD {${ns}}:journal * nonce n2 origin billing kind tags items '["people"]'`,
      `SET {${ns}}:mark:#people billing:n2 PX 2592000000`,
      'EXEC',
    ].join('\n'),
  )
  await new Promise((resolve) => transaction.on('close', resolve))
  expect(await users.get('42', { fresh: true })).toBeUndefined()
  await eventually(async () => (await users.get('42')) === undefined)
})

test('a lease that another service deletes forbids the running load to store what it read', async () => {
  const users = await warm()
  const ns = `shop${namespace}`
  const read = users.readThrough('7', async () => {
    await cli('DEL', `${ns}:{users:7}`, `${ns}:{users:7}:lease`)
    return 'read before the invalidation'
  })
  expect(await read).toBe('read before the invalidation')
  expect(await users.get('7')).toBeUndefined()
})

test('what is written behind, and what was given up, can be seen from outside, and an invalidation does not touch it', async () => {
  const stock = caches.cache<string>('stock', {
    write: () => Promise.reject(new RangeError('refused')),
    writeBehind: { attempts: 2, backoff: { first: '1h', most: '1h' } },
  })
  const ns = `shop${namespace}`
  await stock.writeBehind('42', 'new')
  // FNV-1a of "42" is 0x87e38583; modulo 8, that is 3.
  const queue = `{${ns}:stock:3}:queue`
  expect(await cli('XLEN', queue)).toBe('1')
  await cli('DEL', `${ns}:{stock:42}`, `${ns}:{stock:42}:lease`)
  await cli('XADD', `{${ns}}:journal`, '*', 'nonce', 'n1', 'origin', 'billing', 'kind', 'keys', 'items', '["stock:42"]')
  expect(await stock.readThrough('42', () => 'old')).toBe('new')
  await eventually(async () => (await cli('EXISTS', `${queue}:owner`)) === '1')
  await stock.flush({ deadline: '2s' })
  expect(await cli('XLEN', queue)).toBe('0')
  const dead = (await cli('XRANGE', `${queue}:dead`, '-', '+', 'COUNT', '10')).split('\n')
  expect(dead.slice(1, 3)).toEqual(['key', '42'])
  expect(dead).toContain('RangeError: refused')
})

test('what a node invalidates can be read from the stream and heard on the channel', async () => {
  const users = await warm()
  const ns = `shop${namespace}`
  const listener = spawn('redis-cli', ['-u', server.url, 'SUBSCRIBE', `{${ns}}:journal`])
  let heard = ''
  listener.stdout.on('data', (chunk: Buffer) => (heard += chunk.toString()))
  try {
    await eventually(() => heard.includes('subscribe'))
    await users.delete('a b')
    await eventually(() => heard.includes('"items":["users:a%20b"]'))
  } finally {
    listener.kill()
  }
  const last = await cli('XREVRANGE', `{${ns}}:journal`, '+', '-', 'COUNT', '1')
  expect(last.split('\n').slice(-4)).toEqual(['kind', 'keys', 'items', '["users:a%20b"]'])
})
