import './providers.ts'
export { memcached } from './memcached.ts'
export type { MemcachedBackend } from './memcached-backend.ts'
export type { MemcachedOptions } from './memcached-options.ts'
