import { createCacheManager } from '@larder/core'
import type { Backend } from '@larder/core/contracts'
import { startRedis } from '@larder/testing'
import { Logger } from '@valkey/valkey-glide'
import { expect, test } from 'vitest'
import type { RedisServerOptions } from '../src/index.ts'

Logger.init('off')

/** What every entry exports. */
interface Entry {
  readonly redis: (options: RedisServerOptions) => Backend
}

test.each(['ioredis', 'iovalkey', 'node-redis', 'valkey-glide'])(
  'a backend over %s is made from its name and options alone',
  async (provider) => {
    await using server = await startRedis({ own: true })
    const { redis } = (await import(['@larder/redis', provider].join('/'))) as Entry
    const managers = [0, 1].map(() => createCacheManager({ l2: redis({ url: server.url, timeoutMs: 2000 }) }))
    const [one, two] = managers.map((manager) => manager.cache<string>('users'))
    await one?.set('1', 'Ada')
    expect(await two?.get('1')).toBe('Ada')
    await Promise.all(managers.map((manager) => manager.close()))
    expect(() => redis({ url: 'http://h' })).toThrow(/redis:\/\//)
  },
)
