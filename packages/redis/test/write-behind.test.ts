import { createCacheManager, UnsupportedError } from '@larder/core'
import type { CacheManager, CacheOptions, WriteItem } from '@larder/core'
import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { redis } from '../src/index.ts'
import { eventually } from './eventually.ts'

let server: ServerHandle
let admin: Redis
let source: Map<string, string>
let opened: CacheManager[]

beforeAll(async () => {
  server = await startRedis({ persistent: true })
  admin = new Redis(server.url)
})
afterAll(async () => {
  admin?.disconnect()
  await server?.stop()
})
beforeEach(async () => {
  await admin.flushall()
  source = new Map()
  opened = []
})
afterEach(async () => {
  await Promise.all(opened.map((caches) => caches.close({ deadline: 100 })))
})

function node(): CacheManager {
  const caches = createCacheManager({ namespace: 'shop', l2: redis({ url: server.url }), onError: () => {} })
  opened.push(caches)
  return caches
}

const quick = { batchDelay: 5, takeover: '300ms', backoff: { first: 20, most: 200 } } as const

function stock(how: CacheOptions<string> = {}): CacheOptions<string> {
  return {
    load: (key) => source.get(key) ?? 'nothing',
    write: (items) => items.forEach(({ key, value }) => source.set(key, value)),
    writeBehind: quick,
    ...how,
  }
}

test('what one process acknowledged all processes see at once, also one that knows nothing of writing behind', async () => {
  const writing = node().cache('stock', stock({ writeBehind: { ...quick, batchDelay: '1h' } }))
  const reading = node().cache<string>('stock')
  await reading.readThrough('a', () => 'old')
  await writing.writeBehind('a', 'new')
  expect(await writing.get('a')).toBe('new')
  expect(await reading.readThrough('a', () => 'not loaded', { fresh: true })).toBe('new')
  await eventually(() => reading.peek('a') === undefined)
  expect(await reading.readThrough('a', () => 'not loaded')).toBe('new')
  await reading.delete('a')
  expect(await reading.readThrough('a', () => 'not loaded')).toBe('new')
})

test('what a process left behind another one brings to the source', async () => {
  const dead = node()
  const first = dead.cache('stock', stock({ write: () => Promise.reject(new Error('down')) }))
  for (let i = 0; i < 30; i++) await first.writeBehind(`k${i}`, String(i))
  await dead.close({ deadline: 50 })
  expect(source.size).toBe(0)
  const heir = node().cache('stock', stock())
  await eventually(() => source.size === 30)
  expect(source.get('k7')).toBe('7')
  expect(await heir.readThrough('k7')).toBe('7')
})

describe('an entry that a torn append-only file brought back behind those that were handed out', () => {
  const partitions = Array.from({ length: 8 }, (_, partition) => `{shop:stock:${partition}}:queue`)
  const handOutNothing = async (): Promise<void> => {
    for (const stream of partitions) await admin.xgroup('CREATE', stream, 'writers', '$', 'MKSTREAM')
  }

  test('is written if its value is there', async () => {
    const caches = node()
    const cache = caches.cache('stock', stock({ writeBehind: { ...quick, batchDelay: 300 } }))
    for (let i = 0; i < 20; i++) await cache.writeBehind(`k${i}`, String(i))
    await handOutNothing()
    await cache.flush({ deadline: '5s' })
    expect(source.size).toBe(20)
    expect(await admin.exists(...partitions)).toBe(0)
  })

  test('goes away if it is not, and nobody waits for it', async () => {
    const cache = node().cache('stock', stock())
    await handOutNothing()
    for (const stream of partitions) {
      await admin.xadd(stream, '1-1', 'key', 'k', 'label', '')
      await admin.xgroup('SETID', stream, 'writers', '2-2')
    }
    await cache.flush({ deadline: '5s' })
    expect(source.size).toBe(0)
    expect(await admin.exists(...partitions)).toBe(0)
  })
})

test('processes at work on one queue write no key in two places at a time, and each value in order', async () => {
  const busy = new Set<string>()
  const log = new Map<string, number[]>()
  const clashes: string[] = []
  const write = async (items: readonly WriteItem<number, string>[]): Promise<void> => {
    for (const { key } of items) {
      if (busy.has(key)) clashes.push(key)
      busy.add(key)
    }
    await new Promise((resolve) => setTimeout(resolve, 3))
    for (const { key, value } of items) {
      busy.delete(key)
      log.set(key, [...(log.get(key) ?? []), value])
    }
  }
  const caches = [node(), node(), node()].map((each) =>
    each.cache<number>('counts', { write, writeBehind: { ...quick, takeover: '10s' } }),
  )
  for (let value = 1; value <= 60; value++) {
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map(async (key, i) => caches[(value + i) % 3]?.writeBehind(key, value)))
  }
  await caches[0]?.flush()
  expect(clashes).toEqual([])
  for (const values of log.values()) {
    expect(values).toEqual([...values].sort((a, b) => a - b))
    expect(values.at(-1)).toBe(60)
  }
  expect(log.size).toBe(5)
})

test('a dead letter outlives its process, and can be retried by another', async () => {
  const dead = node()
  const failing = stock({
    write: () => Promise.reject(new RangeError('refused')),
    writeBehind: { ...quick, attempts: 2 },
  })
  const first = dead.cache('stock', failing)
  await first.writeBehind('a', 'new', { version: 3 })
  await eventually(async () => (await first.deadLetters.inspect()).length === 1)
  await dead.close()
  const heir = node().cache('stock', stock())
  expect(await heir.readThrough('a')).toBe('nothing')
  const [letter] = await heir.deadLetters.inspect()
  expect(letter).toMatchObject({ key: 'a', value: 'new', version: 3, attempts: 2, reason: 'RangeError: refused' })
  expect(await heir.deadLetters.retry(letter?.id as string)).toBe('queued')
  await heir.flush()
  expect([source.get('a'), await heir.readThrough('a')]).toEqual(['new', 'new'])
})

test('a process that was stopped for longer than its ownership lasts finds that others have taken over, and settles nothing', async () => {
  const caches = node()
  let release: () => void = () => {}
  const held: AbortSignal[] = []
  const slow = caches.cache<string>('stock', {
    ...stock(),
    write: (_items, { signal }) => {
      held.push(signal)
      return new Promise<void>((resolve) => (release = resolve))
    },
  })
  await slow.writeBehind('a', '1')
  await eventually(() => held.length === 1)
  const [owner] = (await admin.keys('*:owner')) as [string]
  // As if its renewals had not come through for long enough: the other process is the owner now.
  await admin.set(owner, 'somebody-else', 'PX', 60_000)
  await eventually(() => held[0]?.aborted === true)
  release()
  await slow.writeBehind('a', '2')
  expect(await admin.get('shop:{stock:a}:dirty')).not.toBeNull()
  await admin.del(owner)
})

describe('the server', () => {
  test('must not evict what it acknowledged: a queue does not start on one that may', async () => {
    await using evicting = await startRedis({ maxmemory: '64mb' })
    await using caches = createCacheManager({ l2: redis({ url: evicting.url }) })
    const users = caches.cache<string>('users', { write: () => {} })
    await expect(users.writeBehind('a', '1')).rejects.toThrow(UnsupportedError)
    await expect(users.writeBehind('a', '1')).rejects.toThrow('allkeys-lru')
    expect(await users.get('a')).toBeUndefined()
    const client = new Redis(evicting.url)
    for (const policy of ['volatile-lru', 'noeviction']) {
      await client.config('SET', 'maxmemory-policy', policy)
      await using other = createCacheManager({ l2: redis({ url: evicting.url }) })
      expect(await other.cache<string>('users', { write: () => {} }).writeBehind('a', '1')).toBe('journaled')
    }
    client.disconnect()
  })

  test('is warned of without an append-only file, once', async () => {
    await using forgetful = await startRedis({ own: true })
    const warnings: string[] = []
    const hear = (warning: Error & { code?: string }): void => void warnings.push(warning.code ?? '')
    process.on('warning', hear)
    try {
      await using caches = createCacheManager({ l2: redis({ url: forgetful.url }) })
      const users = caches.cache<string>('users', { write: () => {} })
      await users.writeBehind('a', '1')
      await users.writeBehind('b', '1')
      await eventually(() => warnings.length > 0)
    } finally {
      process.off('warning', hear)
    }
    expect(warnings).toEqual(['LARDER_REDIS_NO_AOF'])
  })

  test('that is out of memory refuses writes, and forgets none', async () => {
    await using small = await startRedis({ maxmemory: '3mb', args: ['--maxmemory-policy', 'noeviction'] })
    await using caches = createCacheManager({ l2: redis({ url: small.url }), onError: () => {} })
    const written: string[] = []
    const users = caches.cache<string>('users', {
      write: (items) => void written.push(...items.map(({ key }) => key)),
      writeBehind: { batchDelay: '1h' },
    })
    const acknowledged: string[] = []
    for (let i = 0; i < 60; i++) {
      const outcome = await users.writeBehind(`k${i}`, 'x'.repeat(100_000)).then(() => 'ok', (error: { code: string }) => error.code) // prettier-ignore
      if (outcome === 'ok') acknowledged.push(`k${i}`)
      else expect(outcome).toBe('ERR_LARDER_STORE_UNAVAILABLE')
    }
    expect(acknowledged.length).toBeLessThan(60)
    await users.flush()
    expect(written).toEqual(expect.arrayContaining(acknowledged))
  })
})

test('nothing is left on the server when nothing waits, but the sequence, however many processes came and went', async () => {
  for (let i = 0; i < 5; i++) {
    const caches = node()
    const each = caches.cache('stock', stock())
    await each.writeBehind('a', String(i))
    await each.flush()
    await caches.close()
  }
  const left = (await admin.keys('*')).filter((key) => key.includes('queue') || key.includes('dirty'))
  expect(left.map((key) => key.split(':').at(-1))).toEqual(['sequence'])
})

test('a new owner forgets the processes that had the partition before it', async () => {
  const failing = stock({
    write: () => Promise.reject(new Error('down')),
    writeBehind: { ...quick, backoff: { first: '1h', most: '1h' } },
  })
  for (let i = 0; i < 4; i++) {
    const caches = node()
    await caches.cache('stock', failing).writeBehind('a', String(i))
    await eventually(async () => (await admin.keys('*:owner')).length === 1)
    await caches.close({ deadline: 50 })
  }
  const [stream] = (await admin.keys('*:queue')) as [string]
  expect((await admin.xinfo('CONSUMERS', stream, 'writers')) as unknown[]).toHaveLength(1)
})

test('what lies on the server is what the protocol says', async () => {
  const caches = node().cache<string, number>('stock', {
    write: () => Promise.reject(new Error('refused')),
    writeBehind: { ...quick, attempts: 2, backoff: { first: '1h', most: '1h' } },
  })
  await caches.writeBehind(42, 'new')
  await eventually(async () => (await admin.keys('*:owner')).length === 1)
  // FNV-1a of "42", modulo 8.
  const stream = '{shop:stock:3}:queue'
  const [[id, fields]] = (await admin.xrange(stream, '-', '+')) as [[string, string[]]]
  expect(fields.slice(0, 3)).toEqual(['key', '42', 'label'])
  expect(await admin.hget(`${stream}:index`, '42')).toMatch(new RegExp(`^${id}\\|\\d{16}\\|`))
  expect((await admin.hget(`${stream}:index`, '42'))?.split('|')[1]).toBe(await admin.get(`${stream}:sequence`))
  expect(await admin.get(`${stream}:owner`)).toMatch(/^[\w-]{16}$/)
  expect(await admin.pttl(`${stream}:owner`)).toBeGreaterThan(0)
  expect(((await admin.xinfo('GROUPS', stream)) as unknown[][])[0]?.slice(0, 2)).toEqual(['name', 'writers'])
  expect((await admin.getBuffer('shop:{stock:42}:dirty'))?.subarray(0, 3)).toEqual(Buffer.from('LD\x01'))
  expect(await admin.pttl('shop:{stock:42}:dirty')).toBe(-1)
  await caches.flush({ deadline: '1s' }).catch(() => {})
  await eventually(async () => (await admin.xlen(`${stream}:dead`)) === 1)
  const [[deadId, dead]] = (await admin.xrange(`${stream}:dead`, '-', '+')) as [[string, string[]]]
  expect(dead.filter((_, i) => i % 2 === 0)).toEqual(['key', 'label', 'op', 'sequence', 'attempts', 'reason', 'frame'])
  expect(await admin.hget(`${stream}:dead:index`, '42')).toBe(deadId)
  expect([await admin.xlen(stream), await admin.hlen(`${stream}:index`)]).toEqual([0, 0])
  expect(await admin.exists('shop:{stock:42}:dirty')).toBe(0)
})
