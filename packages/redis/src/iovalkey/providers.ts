import type { RedisBackend } from '../redis-backend.ts'
import type { RedisOptions } from '../redis-options.ts'

declare module '@larder/core' {
  interface BackendProviders {
    readonly iovalkey: { readonly options: RedisOptions; readonly backend: RedisBackend }
  }
}
