import './providers.ts'
export type { IoredisClusterLike } from './client/ioredis-cluster-like.ts'
export type { IoredisLike } from './client/ioredis-like.ts'
export type { RedisAddress } from './client/parse-addresses.ts'
export type { RedisCommand, RedisConnection, RedisHooks, RedisOutcome } from './hooks/redis-hooks.ts'
export { redis } from './redis.ts'
export type { RedisBackend } from './redis-backend.ts'
export type {
  RedisClientOptions,
  RedisClusterOptions,
  RedisCredentials,
  RedisOptions,
  RedisSentinelOptions,
  RedisSentinels,
  RedisServerOptions,
  RedisTuning,
} from './redis-options.ts'
