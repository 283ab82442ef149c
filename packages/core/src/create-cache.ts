import type { Cache } from './cache.ts'
import { CacheManager } from './cache-manager.ts'
import type { CacheOptions } from './policy/cache-options.ts'
import type { ManagerOptions } from './policy/manager-options.ts'

/**
 * Makes one cache with a manager of its own, which ends with it. The options are those of both.
 * @throws TypeError naming the option, for one that is out of its range.
 */
export function createCache<T, K = string>(
  name: string,
  options: CacheOptions<T, K> & ManagerOptions = {},
): Cache<T, K> {
  return new CacheManager(options, 'ends-with-its-cache').cache<T, K>(name, options)
}
