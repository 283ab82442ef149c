import type { RedisBackend } from '../redis-backend.ts'
import type { RedisOptions } from './node-redis-options.ts'

declare module '@larder/core' {
  interface BackendProviders {
    readonly 'node-redis': { readonly options: RedisOptions; readonly backend: RedisBackend }
  }
}
