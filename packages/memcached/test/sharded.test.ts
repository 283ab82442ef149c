import { createCacheManager, sharded } from '@larder/core'
import type { CacheManager } from '@larder/core'
import { redis } from '@larder/redis'
import { startMemcached, startRedis } from '@larder/testing'
import { expect, test } from 'vitest'
import { memcached } from '../src/index.ts'
import { eventually } from './eventually.ts'

const KEYS: readonly string[] = Array.from({ length: 60 }, (_, i) => `k${i}`)

test('plain Memcached servers and the journal of a Redis are one backend, and a lost server costs its share', async () => {
  await using journal = await startRedis({ own: true })
  await using first = await startMemcached({ own: true })
  await using second = await startMemcached({ own: true })
  const open = (): CacheManager => {
    const shards = [first, second].map(({ url }) => memcached({ servers: [url] }))
    return createCacheManager({ l2: sharded(shards, { journal: redis({ url: journal.url }) }), onError: () => {} })
  }
  await using one = open()
  await using two = open()
  let source = 'first'
  const [a, b] = [one, two].map((caches) => caches.cache<string>('users', { load: () => source }))
  if (a === undefined || b === undefined) throw new Error('no caches')
  await eventually(async () => (await one.health()).live && (await two.health()).live)
  for (const key of KEYS) await a.readThrough(key)
  expect((await b.getMany(KEYS)).size).toBe(60)

  source = 'second'
  await a.delete('k0')
  await eventually(async () => (await b.readThrough('k0')) === 'second')
  const fresh = two.cache<string>('users').getMany(KEYS, { fresh: true })
  expect((await fresh).size).toBe(60)

  await second.kill()
  const left = (await b.getMany(KEYS, { fresh: true })).size
  expect(left).toBeGreaterThan(10)
  expect(left).toBeLessThan(55)
  for (const key of KEYS) expect(await b.readThrough(key, undefined, { fresh: true })).toMatch(/first|second/)
  await second.restart()
  await eventually(async () => (await two.health()).status === 'healthy')
  await b.clear()
  for (const key of KEYS) expect(await a.readThrough(key, undefined, { fresh: true })).toBe('second')
})
