import { systemRandom } from '@larder/core'
import { FRAME } from '@larder/core/contracts'
import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { redis } from '../src/index.ts'
import type { RedisBackend } from '../src/index.ts'
import { eventually } from './eventually.ts'

const ID = 'id-of-16-chars-x'

let server: ServerHandle
let admin: Redis
let backend: RedisBackend

beforeAll(async () => {
  server = await startRedis({ own: true })
  admin = new Redis(server.url)
  backend = redis({ url: server.url, journalLength: 200 })
})

beforeEach(async () => {
  await admin.flushall()
})

afterAll(async () => {
  await backend?.close()
  admin?.disconnect()
  await server?.stop()
})

function frame(version?: number): Buffer {
  const bytes = Buffer.alloc(FRAME.offset.marks + 3, 0xff)
  bytes.writeUInt16BE(FRAME.magic, 0)
  bytes[FRAME.offset.format] = FRAME.format
  bytes[FRAME.offset.flags] = version === undefined ? 0 : FRAME.flag.versioned
  bytes.write(ID, FRAME.offset.id, 'latin1')
  bytes.writeDoubleBE(version ?? 0, FRAME.offset.version)
  return bytes
}

test('an entry, its lease and its floor lie beside each other, as the protocol says', async () => {
  const key = 'ns:{users:1}'
  await backend.store.drop(key, { mode: 'set', token: ID, leaseMs: 5000, version: 7, floorMs: 60_000 })
  expect(await admin.get(`${key}:lease`)).toBe(`${ID}|7`)
  expect(await admin.get(`${key}:floor`)).toBe('7')
  await backend.store.fill(key, { token: ID, frame: frame(9), ttlMs: 90_000 })
  expect(await admin.getBuffer(key)).toEqual(frame(9))
  expect((await admin.keys('*')).sort()).toEqual([key, `${key}:floor`])
  expect(await admin.get(`${key}:floor`)).toBe('9')
  for (const each of [key, `${key}:floor`]) expect(await admin.pttl(each)).toBeGreaterThan(80_000)
})

test('a floor that was evicted is known again from the entry, and a raised one never lives shorter', async () => {
  await backend.store.drop('k', { mode: 'set', token: ID, leaseMs: 5000, version: 7, floorMs: 60_000 })
  await backend.store.fill('k', { token: ID, frame: frame(8), ttlMs: 20_000 })
  expect(await admin.get('k:floor')).toBe('8')
  expect(await admin.pttl('k:floor')).toBeGreaterThan(50_000)
  await admin.del('k:floor')
  await backend.store.drop('k', { mode: 'delete' })
  expect(await admin.get('k:floor')).toBe('8')
  expect(await admin.pttl('k:floor')).toBeGreaterThan(10_000)
  await backend.store.drop('k', { mode: 'delete', version: 9 })
  expect(await admin.pttl('k:floor')).toBe(-1)
  await backend.store.drop('k', { mode: 'delete', version: 10, floorMs: 1000 })
  expect(await admin.pttl('k:floor')).toBe(-1)
})

test('expiring sets one bit and nothing else', async () => {
  await backend.store.take('k', { token: ID, leaseMs: 5000 })
  await backend.store.fill('k', { token: ID, frame: frame(), ttlMs: Infinity })
  await backend.store.drop('k', { mode: 'expire', graceMs: 5000 })
  const expected = frame()
  expected[FRAME.offset.flags] = FRAME.flag.expired
  expect(await admin.getBuffer('k')).toEqual(expected)
  expect(await admin.pttl('k')).toBeGreaterThan(4000)
})

test('a pending write-behind is answered by take', async () => {
  await admin.set('k:dirty', frame())
  expect(await backend.store.take('k', { token: ID, leaseMs: 5000 })).toEqual({ kind: 'dirty', frame: frame() })
})

test('a record has flat fields, a mark names it, and a message is the record as JSON', async () => {
  const messages: string[] = []
  const listener = new Redis(server.url)
  await listener.subscribe('{ns}:journal')
  listener.on('message', (_channel: string, text: string) => messages.push(text))
  const ref = await backend.journal.append('ns', {
    nonce: 'n1',
    origin: 'node "1"',
    kind: 'tags',
    items: ['a"b', 'é\u0000'],
    markTtlMs: 60_000,
  })
  const [genesis, record] = (await admin.xrange('{ns}:journal', '-', '+')) as [[string, string[]], [string, string[]]]
  expect(genesis[1]).toEqual([
    'nonce',
    expect.stringMatching(/^[\w-]{16}$/),
    'origin',
    '',
    'kind',
    'genesis',
    'items',
    '[]',
  ])
  const prevNonce = genesis[1][1] as string
  expect(record).toEqual([
    ref.id,
    [
      'nonce',
      'n1',
      'prevId',
      genesis[0],
      'prevNonce',
      prevNonce,
      'origin',
      'node "1"',
      'kind',
      'tags',
      'items',
      JSON.stringify(['a"b', 'é\u0000']),
    ],
  ])
  expect(await admin.get('{ns}:mark:#a"b')).toBe(`${ref.id}:n1`)
  await eventually(() => messages.length === 1)
  expect(JSON.parse(messages[0] as string)).toEqual({
    ...{ id: ref.id, nonce: 'n1', prevId: genesis[0], prevNonce, origin: 'node "1"', kind: 'tags' },
    items: ['a"b', 'é\u0000'],
  })
  listener.disconnect()
})

test('a record that another program appended is heard of by sync', async () => {
  const { head } = await backend.journal.sync('ns', undefined)
  await admin.xadd('{ns}:journal', '*', 'nonce', 'x1', 'kind', 'keys', 'items', '["users:1"]')
  expect(await backend.journal.sync('ns', head)).toMatchObject({
    kind: 'records',
    records: [{ nonce: 'x1', origin: '', kind: 'keys', items: ['users:1'] }],
    head: { nonce: 'x1' },
  })
})

test('a record that cannot be understood is a reset, and counts as moving every mark', async () => {
  const { head } = await backend.journal.sync('ns', undefined)
  await admin.xadd('{ns}:journal', '*', 'nonce', 'x1', 'kind', 'of-the-future', 'items', '[]')
  const reset = await backend.journal.sync('ns', head)
  expect(reset).toMatchObject({ kind: 'reset', head: { nonce: 'x1' } })
  expect((await backend.journal.marks('ns', { names: ['#t'], since: head })).unmoved).toBe(false)
  await admin.xadd('{ns}:journal', '*', 'nonce', 'x2', 'kind', 'tags', 'items', 'no JSON')
  expect((await backend.journal.marks('ns', { names: ['#t'], since: reset.head })).unmoved).toBe(false)
})

test('the journal does not grow without bound', async () => {
  await Promise.all(
    Array.from({ length: 2000 }, (_, i) =>
      backend.journal.append('ns', {
        nonce: systemRandom.token(),
        origin: 'o',
        kind: 'keys',
        items: [String(i)],
        markTtlMs: 1,
      }),
    ),
  )
  const length = await admin.xlen('{ns}:journal')
  expect(length).toBeGreaterThanOrEqual(200)
  expect(length).toBeLessThan(500)
})
