import type { BackendOptions, ProvidedBackend } from './backend-providers.ts'
import { registry } from './registry.ts'

/**
 * Makes a backend by the name of its provider, so that which one it is can stand in a configuration: `'memory'`; `'ioredis'`,
 * `'iovalkey'`, `'node-redis'` and `'valkey-glide'` (of `@larder/redis`); `'memcached'` (of `@larder/memcached`), or one that `registerBackend` has named. The options are those of the function that it stands for.
 *
 * @throws TypeError for a provider that nobody knows and for options that it does not take, UnsupportedError for one whose package is not installed.
 */
export function createBackend<const Name extends string>(options: BackendOptions<Name>): ProvidedBackend<Name> {
  return registry.create(options) as ProvidedBackend<Name>
}
