export type { IoredisLike } from '../client/ioredis-like.ts'
export type { RedisBackend } from '../redis-backend.ts'
export type { RedisClientOptions, RedisOptions, RedisServerOptions, RedisTuning } from '../redis-options.ts'
export { redis } from './redis.ts'
