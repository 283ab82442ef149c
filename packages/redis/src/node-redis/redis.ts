import { createClient } from 'redis'
import type { RedisBackend } from '../redis-backend.ts'
import type { RedisServerOptions } from '../redis-options.ts'
import { nodeRedisBackend } from './node-redis-backend.ts'
import type { NodeRedisLike } from './node-redis-like.ts'
import type { NodeRedis, RedisClientOptions, RedisOptions } from './node-redis-options.ts'

/**
 * Redis or Valkey as a shared store of entries with a journal, over node-redis. The first call connects, to `localhost:6379`
 * without options; what the client library's defaults would get wrong is set right. Throws `TypeError` for wrong options; an
 * unreachable server rejects calls, not this one.
 */
export function redis(options?: RedisServerOptions): RedisBackend<NodeRedis>
export function redis<Client extends NodeRedisLike>(options: RedisClientOptions<Client>): RedisBackend<Client>
export function redis(options: RedisOptions): RedisBackend<NodeRedisLike>
export function redis(options: RedisOptions = {}): RedisBackend<NodeRedisLike> {
  return nodeRedisBackend(options, createClient)
}
