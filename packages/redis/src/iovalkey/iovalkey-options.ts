import type { IoredisLike } from '../client/ioredis-like.ts'
import type { RedisClientOptions, RedisServerOptions } from '../redis-options.ts'

/** Options of `redis()` over iovalkey. */
export type RedisOptions = RedisServerOptions | RedisClientOptions<IoredisLike>
