import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Batch, GlideClient, InfBoundary, Logger } from '@valkey/valkey-glide'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { redis } from '../src/index.ts'
import type { RedisBackend } from '../src/index.ts'
import { redis as overIovalkey } from '../src/iovalkey/index.ts'
import { redis as overNodeRedis } from '../src/node-redis/index.ts'
import { redis as overGlide } from '../src/valkey-glide/index.ts'
import { eventually } from './eventually.ts'

Logger.init('off')

let server: ServerHandle

beforeAll(async () => {
  server = await startRedis({ own: true })
})

afterAll(async () => {
  await server?.stop()
})

test.each<readonly [string, () => RedisBackend<Redis>]>([
  ['ioredis', () => redis({ url: server.url })],
  // Its types are another library's, of the same form.
  ['iovalkey', () => overIovalkey({ url: server.url }) as unknown as RedisBackend<Redis>],
])('pipelines, transactions, hashes, streams and channels are reached through the client of %s', async (name, open) => {
  const { client, store, close } = open()
  await store.get('connects')
  const replies = await client.pipeline().set(`${name}:a`, '1').incr(`${name}:a`).exec()
  expect(replies).toEqual([
    [null, 'OK'],
    [null, 2],
  ])
  expect(await client.multi().incr(`${name}:a`).incr(`${name}:a`).exec()).toEqual([
    [null, 3],
    [null, 4],
  ])
  await client.hset(`${name}:h`, { field: 'value' })
  expect(await client.hgetall(`${name}:h`)).toEqual({ field: 'value' })
  const id = await client.xadd(`${name}:s`, '*', 'field', 'value')
  expect(await client.xrange(`${name}:s`, '-', '+')).toEqual([[id, ['field', 'value']]])
  const heard: string[] = []
  const subscriber = client.duplicate()
  await subscriber.connect()
  subscriber.on('message', (_channel: string, message: string) => heard.push(message))
  await subscriber.subscribe(`${name}:news`)
  await client.publish(`${name}:news`, 'hello')
  await eventually(() => heard.includes('hello'))
  subscriber.disconnect()
  await close()
})

test('pipelines, transactions, hashes, streams and channels are reached through the client of node-redis', async () => {
  const { client, store, close } = overNodeRedis({ url: server.url })
  await store.get('connects')
  expect(await Promise.all([client.set('n:a', '1'), client.incr('n:a')])).toEqual(['OK', 2])
  expect(await client.multi().incr('n:a').incr('n:a').exec()).toEqual([3, 4])
  await client.hSet('n:h', { field: 'value' })
  expect({ ...(await client.hGetAll('n:h')) }).toEqual({ field: 'value' })
  const id = await client.xAdd('n:s', '*', { field: 'value' })
  expect(await client.xRange('n:s', '-', '+')).toMatchObject([{ id, message: { field: 'value' } }])
  const heard: string[] = []
  const subscriber = client.duplicate()
  await subscriber.connect()
  await subscriber.subscribe('n:news', (message) => void heard.push(message))
  await client.publish('n:news', 'hello')
  await eventually(() => heard.includes('hello'))
  subscriber.destroy()
  await close()
})

test('pipelines, transactions, hashes, streams and channels are reached through the client of GLIDE', async () => {
  const backend = overGlide({ url: server.url })
  const client = await backend.client
  expect(await client.exec(new Batch(false).set('g:a', '1').incr('g:a'), true)).toEqual(['OK', 2])
  expect(await client.exec(new Batch(true).incr('g:a').incr('g:a'), true)).toEqual([3, 4])
  await client.hset('g:h', { field: 'value' })
  expect(await client.hgetall('g:h')).toEqual([{ field: 'field', value: 'value' }])
  const id = String(await client.xadd('g:s', [['field', 'value']]))
  expect(await client.xrange('g:s', InfBoundary.NegativeInfinity, InfBoundary.PositiveInfinity)).toEqual({
    [id]: [['field', 'value']],
  })
  const heard: string[] = []
  const subscriber = await GlideClient.createClient({
    addresses: [{ host: server.host, port: server.port }],
    pubsubSubscriptions: {
      channelsAndPatterns: { 0: new Set(['g:news']) },
      callback: ({ message }) => void heard.push(String(message)),
    },
  })
  await client.publish('hello', 'g:news')
  await eventually(() => heard.includes('hello'))
  subscriber.close()
  await backend.close()
})
