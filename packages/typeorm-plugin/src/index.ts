export { CacheInvalidationSubscriber } from './cache-invalidation-subscriber.ts'
export type { CacheHandle, Explanation } from './cache-handle.ts'
export { installCache } from './install-cache.ts'
export type { CacheEvent, QueryStats } from './observe/cache-event.ts'
export type {
  EntityOptions,
  InstallOptions,
  QueryDefaults,
  SchemeOption,
  WriteOptions,
} from './options/install-options.ts'
export { noCache, withCache } from './read/cache-context.ts'
export type { CacheContext } from './read/cache-context.ts'
