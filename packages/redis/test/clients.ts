import { systemClock, systemRandom } from '@larder/core'
import { Redis as Redis5 } from 'ioredis-5'
import { createClient as createClient5 } from 'redis-5'
import { Logger } from '@valkey/valkey-glide'
import { IoredisClient } from '../src/client/ioredis-client.ts'
import { ioredisSettings } from '../src/client/ioredis-settings.ts'
import { redis as overIoredis } from '../src/index.ts'
import type { RedisBackend, RedisServerOptions } from '../src/index.ts'
import { redis as overIovalkey } from '../src/iovalkey/index.ts'
import { redis as overNodeRedis } from '../src/node-redis/index.ts'
import { nodeRedisBackend } from '../src/node-redis/node-redis-backend.ts'
import { redisBackend } from '../src/redis-backend.ts'
import { resolveOptions } from '../src/resolve-options.ts'
import { redis as overGlide } from '../src/valkey-glide/index.ts'

// GLIDE prints every error it meets.
Logger.init('off')

/** A client library that the suites run on. */
export interface ClientUnderTest {
  readonly name: string
  /** Where `redis()` is exported from, for programs of their own; none for a version that is not the one installed by its name. */
  readonly entry?: string
  /** Whether the library tells when a connection is lost or refused. */
  readonly tells: boolean
  /** Calls `redis()` as an application with this library would. */
  readonly open: (options: RedisServerOptions) => RedisBackend<unknown>
}

/** Every client library, and version of one, that is supported. */
export const CLIENTS: readonly ClientUnderTest[] = [
  { name: 'ioredis 6', entry: '../src/index.ts', tells: true, open: overIoredis },
  { name: 'ioredis 5', tells: true, open: overIoredis5 },
  { name: 'iovalkey', entry: '../src/iovalkey/index.ts', tells: true, open: overIovalkey },
  { name: 'node-redis 6', entry: '../src/node-redis/index.ts', tells: true, open: overNodeRedis },
  { name: 'node-redis 5', tells: true, open: (options) => nodeRedisBackend(options, createClient5) },
  { name: 'Valkey GLIDE', entry: '../src/valkey-glide/index.ts', tells: false, open: overGlide },
]

/** What `redis()` does where the package `ioredis` is version 5. */
function overIoredis5(options: RedisServerOptions): RedisBackend<unknown> {
  const { timeoutMs, journalLength, hooks, target } = resolveOptions(options)
  const connection = target.kind === 'server' ? target.connection : {}
  const parts = { timeoutMs, clock: systemClock, random: systemRandom }
  const client = new Redis5({
    family: 0,
    ...connection,
    ...ioredisSettings(timeoutMs, systemRandom),
    lazyConnect: true,
  })
  return redisBackend({
    client,
    connection: new IoredisClient({ client, owned: true, ...parts }),
    journalLength,
    hooks,
    ...parts,
  })
}
