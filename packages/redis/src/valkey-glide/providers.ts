import type { RedisBackend } from '../redis-backend.ts'
import type { RedisOptions } from './glide-options.ts'

declare module '@larder/core' {
  interface BackendProviders {
    readonly 'valkey-glide': { readonly options: RedisOptions; readonly backend: RedisBackend }
  }
}
