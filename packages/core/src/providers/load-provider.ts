import { createRequire } from 'node:module'
import { join } from 'node:path'

/** A backend that another package of Larder brings. */
export interface ProviderPackage {
  /** What is imported. */
  readonly door: string
  /** The function there that makes the backend. */
  readonly maker: string
  /** What has to be installed for it. */
  readonly install: string
}

/** The packages that `createBackend` finds by itself. */
export const PROVIDER_PACKAGES: ReadonlyMap<string, ProviderPackage> = new Map([
  ['ioredis', { door: '@larder/redis', maker: 'redis', install: '@larder/redis ioredis' }],
  ['iovalkey', { door: '@larder/redis/iovalkey', maker: 'redis', install: '@larder/redis iovalkey' }],
  ['node-redis', { door: '@larder/redis/node-redis', maker: 'redis', install: '@larder/redis redis' }],
  [
    'valkey-glide',
    { door: '@larder/redis/valkey-glide', maker: 'redis', install: '@larder/redis @valkey/valkey-glide' },
  ],
  ['memcached', { door: '@larder/memcached', maker: 'memcached', install: '@larder/memcached' }],
])

/**
 * A function of a package that is installed beside this one, or in the folder that the process runs in: this package does not depend on those that
 * depend on it. Throws what Node.js throws if there is none.
 */
export function loadProvider({ door, maker }: ProviderPackage): unknown {
  const folders = [import.meta.url, join(process.cwd(), 'package.json')]
  let failure: unknown
  for (const folder of folders) {
    const require = createRequire(folder)
    try {
      require.resolve(door)
    } catch (error) {
      failure ??= error
      continue
    }
    return (require(door) as Readonly<Record<string, unknown>>)[maker]
  }
  throw failure
}
