import type { createClient } from 'redis'
import type { RedisServerOptions, RedisTuning } from '../redis-options.ts'
import type { NodeRedisLike } from './node-redis-like.ts'

/** The client that `createClient()` of node-redis makes. */
export type NodeRedis = ReturnType<typeof createClient>

/** A client that exists already. It is used as it is, never opened nor ended; the journal opens a second connection with `client.duplicate()`. */
export interface RedisClientOptions<Client extends NodeRedisLike = NodeRedisLike> extends RedisTuning {
  readonly client: Client
}

/** Options of `redis()`. */
export type RedisOptions = RedisServerOptions | RedisClientOptions
