import { createCacheManager } from '@larder/core'
import type { Cache, CacheManager } from '@larder/core'
import { redis } from '@larder/redis'
import { resilient, resilientLoader } from '@larder/resilience'
import type { PriceSource } from './price-source.ts'

/** What an application would write: a cache of prices, with policies around what is behind it. */
export interface Prices {
  readonly manager: CacheManager
  readonly prices: Cache<number>
}

/** Calls of the price service that may run at once. */
export const PLACES = 8

/** Opens the cache over the Redis at `url`. */
export function openPrices(url: string, source: PriceSource): Prices {
  const manager = createCacheManager({
    // While Redis mostly fails, it is not asked, and a ping every half second finds out whether it is back.
    l2: resilient(redis({ url }), { timeout: '200ms', breaker: { openFor: '500ms' } }),
  })
  const prices = manager.cache<number>('prices', {
    ttl: '1s',
    grace: '1h',
    load: resilientLoader((product: string) => source.price(product), {
      name: 'price service',
      breaker: { openFor: '500ms' },
      bulkhead: { maxConcurrent: PLACES },
      timeout: '2s',
    }),
  })
  return { manager, prices }
}
