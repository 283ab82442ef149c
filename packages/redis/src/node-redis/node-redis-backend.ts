import { systemClock, systemRandom } from '@larder/core'
import { redisBackend } from '../redis-backend.ts'
import type { RedisBackend } from '../redis-backend.ts'
import { resolveOptions } from '../resolve-options.ts'
import type { Connection } from '../resolve-connection.ts'
import { NodeRedisClient } from './node-redis-client.ts'
import { recogniseNodeRedis } from './node-redis-like.ts'
import type { NodeRedisLike } from './node-redis-like.ts'
import type { RedisOptions } from './node-redis-options.ts'
import { nodeRedisSettings, warnOfUnsafeSettings } from './node-redis-settings.ts'

/** `createClient` of any copy of node-redis. */
export type CreateNodeRedis = (options: object) => NodeRedisLike

/** Makes a backend over a client that was handed over, or over one that `create` makes. */
export function nodeRedisBackend(options: RedisOptions, create: CreateNodeRedis): RedisBackend<NodeRedisLike> {
  const { timeoutMs, journalLength, hooks, target } = resolveOptions(options, recogniseNodeRedis)
  const owned = target.kind === 'server'
  const client = owned ? create(clientOptions(target.connection, timeoutMs)) : target.client
  if (!owned) warnOfUnsafeSettings(client)
  const parts = { timeoutMs, clock: systemClock, random: systemRandom }
  return redisBackend({
    client,
    connection: new NodeRedisClient({ client, owned, ...parts }),
    journalLength,
    hooks,
    ...parts,
  })
}

function clientOptions(connection: Connection, timeoutMs: number): object {
  const { host, port, path, tls, db, username, password } = connection
  const { socket, ...settings } = nodeRedisSettings(timeoutMs, systemRandom)
  const server = path === undefined ? { ...given({ host, port }), ...(tls && { ...tls, tls: true }) } : { path }
  return { ...given({ username, password, database: db }), ...settings, socket: { ...server, ...socket } }
}

/** Leaves out what is `undefined`, so that it does not hide a default. */
function given(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
