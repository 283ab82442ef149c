import { setTimeout as pause } from 'node:timers/promises'
import { createCache } from '@larder/core'
import type { CacheOptions, ManagerOptions } from '@larder/core'
import { redis } from '@larder/redis'
import type { Read, Row } from '../measure/awaiting-loop.ts'

/** The caches whose hits are timed, by name; each differs from the defaults in the way that its name says. */
export const l1Readers: ReadonlyMap<string, CacheOptions<Row>> = new Map([
  ['memory backend', {}],
  ['memory backend, ttl', { ttl: '1h', grace: '10m' }],
  ['memory backend, 3 tags', { tags: ['a', 'b', 'c'] }],
  ['redis backend', {}],
  ['redis backend, 3 tags', { tags: ['a', 'b', 'c'] }],
])

/** A cache that holds all rows in this process' memory. */
export interface L1Reader {
  readonly name: string
  readonly read: Read
  /** Ends it. Rejects if its reads were not hits: then something else was measured. */
  close(): Promise<void>
}

/** Makes such a cache, over the Redis at `redisUrl` if its name says so. */
export async function openL1Reader(name: string, rows: ReadonlyMap<string, Row>, redisUrl: string): Promise<L1Reader> {
  const backend: ManagerOptions = name.startsWith('redis')
    ? { l2: redis({ url: redisUrl }), namespace: `bench-${process.pid}` }
    : {}
  const cache = createCache<Row>(name, { ...backend, ...l1Readers.get(name), load: (key) => rows.get(key) as Row })
  // A node keeps nothing before it knows where the journal stands.
  while (!(await cache.health()).live) await pause(10)
  await cache.readThroughMany(rows.keys())
  const close = async (): Promise<void> => {
    const { l1Hits, l2Hits, misses } = cache.stats()
    await cache.close()
    const others = l2Hits + misses - rows.size
    if (others > l1Hits / 100) throw new Error(`${name}: ${others} of ${l1Hits + others} reads were not L1 hits`)
  }
  return { name, read: (key) => cache.readThrough(key), close }
}
