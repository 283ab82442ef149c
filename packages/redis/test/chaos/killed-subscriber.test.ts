import { createCacheManager, systemClock } from '@larder/core'
import { startRedis } from '@larder/testing'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { CLIENTS } from '../clients.ts'
import { eventually, sleep } from '../eventually.ts'

const HEARTBEAT_MS = 1_000
const KEYS = Array.from({ length: 100 }, (_, i) => `k${i}`)

test.concurrent.each(CLIENTS)(
  'no stale entry is left in memory when the subscriber is killed during a hundred deletes, over $name',
  async (client) => {
    await using server = await startRedis({ own: true })
    const admin = new Redis(server.url)
    const [one, two] = [0, 1].map(() =>
      createCacheManager({ l2: client.open({ url: server.url }), namespace: 'killed', heartbeat: HEARTBEAT_MS }),
    ) as [ReturnType<typeof createCacheManager>, ReturnType<typeof createCacheManager>]
    try {
      const [writer, reader] = [one.cache<string>('users'), two.cache<string>('users')]
      await eventually(async () => (await reader.health()).live)
      for (const key of KEYS) await reader.readThrough(key, () => 'old')
      expect(KEYS.filter((key) => reader.peek(key) === 'old')).toEqual(KEYS)
      const resets: unknown[] = []
      two.subscribeInvalidations((invalidation) => void (invalidation.kind === 'reset' && resets.push(invalidation)))
      for (const [i, key] of KEYS.entries()) {
        await writer.delete(key)
        if (i % 10 === 5) await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
      }
      const deleted = systemClock.monotonic()
      await sleep(HEARTBEAT_MS)
      expect(KEYS.filter((key) => reader.peek(key) !== undefined)).toEqual([])
      for (const key of KEYS) expect(await reader.get(key)).toBeUndefined()
      // It caught up with the journal; it did not just forget everything.
      await eventually(async () => (await reader.health()).live)
      expect(resets).toEqual([])
      expect(systemClock.monotonic() - deleted).toBeGreaterThanOrEqual(HEARTBEAT_MS)
    } finally {
      await Promise.all([one.close(), two.close()])
      admin.disconnect()
    }
  },
)
