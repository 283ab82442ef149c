import type { BackendHealth } from '../contracts/backend.ts'

/** How a cache and what is behind it are doing. */
export interface CacheHealth {
  /** `up`: all is well; `degraded`: reads go on, at the price of more loads; `down`: closed. */
  readonly status: 'up' | 'degraded' | 'down'
  /** Whether this process is proven to know every invalidation; if not, its own memory is not used. */
  readonly live: boolean
  /** Invalidations that wait for the backend (`onUnavailable: 'queue'`). */
  readonly queued: number
  readonly backend: BackendHealth & { readonly name: string }
}
