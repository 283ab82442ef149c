import { createCacheManager } from '@larder/core'
import type { Cache, CacheManager, ManagerOptions } from '@larder/core'
import { redis } from '@larder/redis'
import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { aesGcm, authenticated, createKeyRing, hashKeys } from '../src/index.ts'
import type { KeyOptions } from '../src/index.ts'
import { eventually } from './eventually.ts'
import { testKey } from './keys.ts'

let server: ServerHandle
let admin: Redis
const managers: CacheManager[] = []
const errors: unknown[] = []
let count = 0

beforeAll(async () => {
  server = await startRedis({ own: true })
  admin = new Redis(server.url)
})

afterEach(async () => {
  await Promise.all(managers.splice(0).map((manager) => manager.close()))
  errors.length = 0
  await admin.flushall()
})

afterAll(async () => {
  admin?.disconnect()
  await server?.stop()
})

async function node(options: ManagerOptions): Promise<CacheManager> {
  const manager = createCacheManager({
    namespace: 'shop',
    l2: redis({ url: server.url }),
    onError: (error) => errors.push(error),
    ...options,
  })
  managers.push(manager)
  await eventually(async () => (await manager.health()).live)
  return manager
}

type Keys = Readonly<Record<string, KeyOptions>>

const a = testKey('a')
const b = testKey('b')

/** A node of a fleet in the midst of a rotation, without a memory of its own, so that every read opens what is stored. */
async function ringNode(primary: string, keys: Keys): Promise<Cache<string>> {
  const manager = await node({ l1: false, sealer: aesGcm({ keyRing: createKeyRing({ primary, keys }) }) })
  return manager.cache<string>('users', { load: (key) => `loaded ${key}`, ttl: '1h' })
}

/** Both nodes write, and read everything that was written so far; answers how many loads that took beside those of new keys. */
async function work(nodes: readonly Cache<string>[], written: string[]): Promise<void> {
  for (const cache of nodes) {
    const [set, loaded] = [`set-${++count}`, `loaded-${count}`]
    await cache.set(set, 'a value')
    await cache.readThrough(loaded)
    written.push(set, loaded)
  }
  for (const cache of nodes) {
    const before = cache.stats().loads
    const values = await cache.readThroughMany(written)
    expect(values.size).toBe(written.length)
    expect(cache.stats().loads).toBe(before)
    expect(cache.stats().unreadable).toBe(0)
  }
}

describe('checklist, crypto: rotation with two versions of the ring over one Redis', () => {
  test('add, promote, retire: not one error, not one value lost, on either version, at any step', async () => {
    const steps: readonly (readonly [string, Keys])[] = [
      ['a', { a }],
      ['a', { a, b }],
      ['b', { a, b }],
      ['b', { a: { key: a, state: 'decrypt-only' }, b }],
    ]
    const written: string[] = []
    let old = await ringNode(...(steps[0] as (typeof steps)[number]))
    await work([old], written)
    for (const step of steps.slice(1)) {
      const next = await ringNode(...step)
      await work([old, next], written)
      old = next
      await work([old], written)
    }
    // What the first key sealed goes, as it does with time, and the key after it.
    await old.clear()
    written.length = 0
    await work([old], written)
    const last = await ringNode('b', { a: { state: 'destroyed' }, b })
    await work([old, last], written)
    expect(errors).toEqual([])
  })

  test('a key that is destroyed too early costs loads, and is reported', async () => {
    const before = await ringNode('a', { a, b })
    await before.set('1', 'sealed with a')
    const after = await ringNode('b', { a: { state: 'destroyed' }, b })
    await expect(after.readThrough('1')).resolves.toBe('loaded 1')
    expect(errors).toMatchObject([{ code: 'ERR_LARDER_DECRYPTION', reason: 'destroyed-key' }])
    await expect(before.get('1')).resolves.toBe('loaded 1')
  })

  test('a promotion before every node has the key costs loads, and no stale value', async () => {
    const early = await ringNode('b', { a, b })
    const late = await ringNode('a', { a })
    await early.set('1', 'sealed with b')
    await expect(late.readThrough('1')).resolves.toBe('loaded 1')
    expect(errors).toMatchObject([{ reason: 'unknown-key' }])
    await early.delete('1')
    await expect(late.get('1')).resolves.toBeUndefined()
  })
})

describe('all three together', () => {
  const keyRing = createKeyRing({ primary: 'a', keys: { a } })
  const hidden = (): Promise<CacheManager> =>
    node({
      l2: authenticated(redis({ url: server.url }), { keyRing, onForged: (error) => errors.push(error) }),
      sealer: aesGcm({ keyRing }),
      naming: hashKeys({ key: b }),
      heartbeat: '300ms',
    })

  test('nothing on the server shows a value, a key or a tag, and invalidations reach the other node', async () => {
    const [one, two] = [await hidden(), await hidden()]
    const load = (key: string): string => `canary-value-${key}-${++count}`
    const options = { load, tags: ['canary-tag'] }
    const [first, second] = [one.cache('users', options), two.cache('users', options)]
    await first.readThrough('canary-key')
    const before = await second.readThrough('canary-key')
    await first.addTags('canary-key', 'canary-late')
    await eventually(async () => second.peek('canary-key') === undefined)
    await expect(second.readThrough('canary-key')).resolves.toBe(before)
    await first.touch('canary-key', '2h')
    const seen = [...(await contents())]
    await first.delete('canary-key')
    await eventually(() => second.peek('canary-key') === undefined)
    await second.readThrough('canary-key')
    await first.invalidateTags('canary-tag')
    await eventually(() => second.peek('canary-key') === undefined)
    seen.push(...(await contents()))
    expect(seen.length).toBeGreaterThan(6)
    expect(seen.join('\n')).toMatch(/shop:\{users:[\w-]{43}\}/)
    expect(seen.join('\n')).not.toMatch(/canary/)
    expect(errors).toEqual([])
  })

  test('forged records on the channel and in the stream: reported, never a stale value', async () => {
    const [one, two] = [await hidden(), await hidden()]
    const load = (key: string): string => `${key} ${++count}`
    const [first, second] = [one.cache('users', { load }), two.cache('users', { load })]
    const value = await second.readThrough('1')
    const journal = '{shop}:journal'
    const head = (await admin.xrevrange(journal, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-1'
    const fields = { nonce: 'x'.repeat(16), origin: 'mallory', kind: 'cache', items: ['users'] }
    await admin.publish(journal, JSON.stringify({ id: '99999999999999-1', prevId: head, prevNonce: 'y', ...fields }))
    await eventually(() => errors.length === 2)
    expect(second.peek('1')).toBe(value)
    expect(errors).toMatchObject([{ code: 'ERR_LARDER_FORGED_RECORD' }, { code: 'ERR_LARDER_FORGED_RECORD' }])
    const flat = ['nonce', fields.nonce, 'origin', fields.origin, 'kind', 'cache', 'items', '["users"]']
    await admin.xadd(journal, '*', ...flat)
    await eventually(() => second.peek('1') === undefined)
    await expect(second.readThrough('1')).resolves.toBe(value)
    await first.delete('1')
    await eventually(async () => (await second.readThrough('1')) !== value)
  })

  /** Everything that somebody who may read the server can see. */
  async function contents(): Promise<readonly string[]> {
    const keys = await admin.keys('*')
    const dumped = keys.map(async (key) => {
      const type = await admin.type(key)
      const content =
        type === 'stream'
          ? JSON.stringify(await admin.xrange(key, '-', '+'))
          : (await admin.getBuffer(key))?.toString('latin1')
      return `${key} ${content ?? ''}`
    })
    return Promise.all(dumped)
  }
})
