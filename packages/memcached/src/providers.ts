import type { MemcachedBackend } from './memcached-backend.ts'
import type { MemcachedOptions } from './memcached-options.ts'

declare module '@larder/core' {
  interface BackendProviders {
    readonly memcached: { readonly options: MemcachedOptions; readonly backend: MemcachedBackend }
  }
}
