import { systemClock, systemRandom } from '@larder/core'
import { Redis } from 'iovalkey'
import { IoredisClient } from '../client/ioredis-client.ts'
import type { IoredisLike } from '../client/ioredis-like.ts'
import { ioredisSettings, warnOfUnsafeSettings } from '../client/ioredis-settings.ts'
import { redisBackend } from '../redis-backend.ts'
import type { RedisBackend } from '../redis-backend.ts'
import type { RedisClientOptions, RedisServerOptions } from '../redis-options.ts'
import type { Connection } from '../resolve-connection.ts'
import { resolveOptions } from '../resolve-options.ts'
import type { RedisOptions } from './iovalkey-options.ts'

/**
 * Valkey or Redis as a shared store of entries with a journal, over iovalkey. The first call connects, to `localhost:6379` without
 * options; what the client library's defaults would get wrong is set right. Throws `TypeError` for wrong options; an unreachable
 * server rejects calls, not this one.
 */
export function redis(options?: RedisServerOptions): RedisBackend<Redis>
export function redis<Client extends IoredisLike>(options: RedisClientOptions<Client>): RedisBackend<Client>
export function redis(options: RedisOptions): RedisBackend<IoredisLike>
export function redis(options: RedisOptions = {}): RedisBackend<IoredisLike> {
  const { timeoutMs, journalLength, hooks, target } = resolveOptions(options)
  const owned = target.kind === 'server'
  const client = owned ? makeClient(target.connection, timeoutMs) : target.client
  if (!owned) warnOfUnsafeSettings(client)
  const parts = { timeoutMs, clock: systemClock, random: systemRandom }
  return redisBackend({
    client,
    connection: new IoredisClient({ client, owned, ...parts }),
    journalLength,
    hooks,
    ...parts,
  })
}

function makeClient(connection: Connection, timeoutMs: number): Redis {
  // Family 0 takes IPv4 and IPv6; iovalkey would take IPv4 only.
  return new Redis({ family: 0, ...connection, ...ioredisSettings(timeoutMs, systemRandom), lazyConnect: true })
}
