import { systemClock, systemRandom } from '@larder/core'
import { Cluster, Redis } from 'ioredis'
import { IoredisClient } from './client/ioredis-client.ts'
import { IoredisClusterClient } from './client/ioredis-cluster-client.ts'
import type { IoredisClusterLike } from './client/ioredis-cluster-like.ts'
import { ioredisClusterSettings, warnOfUnsafeClusterSettings } from './client/ioredis-cluster-settings.ts'
import type { IoredisLike } from './client/ioredis-like.ts'
import { ioredisSentinelSettings } from './client/ioredis-sentinel-settings.ts'
import { ioredisSettings, warnOfUnsafeSettings } from './client/ioredis-settings.ts'
import type { RedisClient } from './client/redis-client.ts'
import { redisBackend } from './redis-backend.ts'
import type { RedisBackend } from './redis-backend.ts'
import type {
  RedisClientOptions,
  RedisClusterOptions,
  RedisOptions,
  RedisSentinelOptions,
  RedisServerOptions,
} from './redis-options.ts'
import { resolveIoredisOptions } from './resolve-ioredis-options.ts'
import type { Target } from './resolve-ioredis-options.ts'

/**
 * Redis or Valkey as a shared store of entries with a journal, over ioredis. The first call connects, to `localhost:6379` without
 * options; what the client library's defaults would get wrong is set right. Throws `TypeError` for wrong options; an unreachable
 * server rejects calls, not this one.
 */
export function redis(options?: RedisServerOptions | RedisSentinelOptions): RedisBackend<Redis>
export function redis(options: RedisClusterOptions): RedisBackend<Cluster>
export function redis<Client extends IoredisLike | IoredisClusterLike>(
  options: RedisClientOptions<Client>,
): RedisBackend<Client>
export function redis(options: RedisOptions): RedisBackend
export function redis(options: RedisOptions = {}): RedisBackend {
  const { timeoutMs, journalLength, hooks, target } = resolveIoredisOptions(options)
  const parts = { timeoutMs, clock: systemClock, random: systemRandom }
  return redisBackend({ ...connect(target, parts), journalLength, hooks, ...parts })
}

interface Connected {
  readonly client: IoredisLike | IoredisClusterLike
  readonly connection: RedisClient
}

function connect(
  target: Target,
  parts: { readonly timeoutMs: number; readonly clock: typeof systemClock; readonly random: typeof systemRandom },
): Connected {
  const { timeoutMs, random } = parts
  // Family 0 takes IPv4 and IPv6; ioredis 5 would take IPv4 only.
  const common = { family: 0, ...ioredisSettings(timeoutMs, random), lazyConnect: true }
  switch (target.kind) {
    case 'client': {
      const { client } = target
      warnOfUnsafeSettings(client)
      return { client, connection: new IoredisClient({ client, owned: false, ...parts }) }
    }
    case 'cluster client': {
      const { client } = target
      warnOfUnsafeClusterSettings(client)
      return { client, connection: new IoredisClusterClient({ client, owned: false, ...parts }) }
    }
    case 'server': {
      const client = new Redis({ ...common, ...target.connection })
      return { client, connection: new IoredisClient({ client, owned: true, ...parts }) }
    }
    case 'sentinel': {
      const { sentinels, ...connection } = target.connection
      const settings = ioredisSentinelSettings(timeoutMs, random)
      const client = new Redis({ ...common, ...connection, ...settings, sentinels: [...sentinels] })
      return { client, connection: new IoredisClient({ client, owned: true, ...parts }) }
    }
    case 'cluster': {
      const { nodes, connection } = target
      const { redisOptions, ...settings } = ioredisClusterSettings(timeoutMs, random)
      const client = new Cluster([...nodes], {
        ...settings,
        lazyConnect: true,
        // With TLS, a node is known by the name in its certificate.
        ...(connection.tls === undefined ? {} : { dnsLookup: (host, callback) => callback(null, host) }),
        redisOptions: { family: 0, ...redisOptions, ...connection },
      })
      return { client, connection: new IoredisClusterClient({ client, owned: true, ...parts }) }
    }
  }
}
