import { createCacheManager } from '@larder/core'
import type { Cache } from '@larder/core'
import { startRedis } from '@larder/testing'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { redis } from '../../src/index.ts'

const TAGS = Array.from({ length: 10 }, (_, i) => `tag-${i}`)
const KEYS = Array.from({ length: 30 }, (_, i) => `k${i}`)

/** Calls that a client made since the last answer; those that scripts made count as well, so a script is never free. */
async function commands(admin: Redis): Promise<Readonly<Record<string, number>>> {
  const stats = await admin.info('commandstats')
  await admin.config('RESETSTAT')
  const counted = [...stats.matchAll(/cmdstat_(get|mget|eval|evalsha):calls=(\d+)/g)]
  return Object.fromEntries(counted.map(([, name, calls]): [string, number] => [String(name), Number(calls)]))
}

/** Two nodes on one server; `reader` has read an entry of each kind before. Their heartbeat is too slow to be counted. */
async function withReader(work: (reader: Cache<number>, admin: Redis) => Promise<void>): Promise<void> {
  await using server = await startRedis({ own: true })
  const admin = new Redis(server.url)
  const managers = [0, 1].map(() =>
    createCacheManager({ l2: redis({ url: server.url }), namespace: 'round-trips', heartbeat: '10m' }),
  )
  try {
    const [writer, reader] = managers.map((manager) => manager.cache<number>('numbers')) as [
      Cache<number>,
      Cache<number>,
    ]
    for (const [i, key] of KEYS.entries()) {
      await writer.set(`tagged-${key}`, i, { tags: TAGS })
      await writer.set(`bare-${key}`, i)
    }
    await writer.set('first', 0, { tags: TAGS })
    expect(await reader.get('first')).toBe(0)
    await reader.readThrough('warm', () => 0, { tags: TAGS })
    await commands(admin)
    await work(reader, admin)
  } finally {
    await Promise.all(managers.map((manager) => manager.close()))
    admin.disconnect()
  }
}

test('reading an entry with ten tags from the store takes the one command that reading an entry without tags takes', async () => {
  await withReader(async (reader, admin) => {
    for (const [i, key] of KEYS.entries()) expect(await reader.get(`bare-${key}`)).toBe(i)
    expect(await commands(admin)).toEqual({ get: KEYS.length })
    for (const [i, key] of KEYS.entries()) expect(await reader.get(`tagged-${key}`)).toBe(i)
    expect(await commands(admin)).toEqual({ get: KEYS.length })
    for (const [i, key] of KEYS.entries()) expect(await reader.get(`tagged-${key}`)).toBe(i)
    expect(await commands(admin)).toEqual({})
  })
})

test('loading a value with ten known tags takes the commands that loading one without tags takes', async () => {
  await withReader(async (reader, admin) => {
    for (const key of KEYS) await reader.readThrough(`new-bare-${key}`, () => 1)
    const bare = await commands(admin)
    for (const key of KEYS) await reader.readThrough(`new-tagged-${key}`, () => 1, { tags: TAGS })
    expect(await commands(admin)).toEqual(bare)
    // Take and fill.
    expect(bare['evalsha']).toBe(2 * KEYS.length)
  })
})
