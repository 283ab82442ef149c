import type { BackendHealth } from '../contracts/backend.ts'

/** How a cache and what is behind it are doing. */
export interface CacheHealth {
  /** `healthy`: all is well; `degraded`: reads go on, at the price of more loads, or of older values; `down`: closed. */
  readonly status: 'healthy' | 'degraded' | 'down'
  /** Why it is not healthy, one sentence each; empty when it is. */
  readonly reasons: readonly string[]
  /** Whether this process is proven to know every invalidation; if not, its own memory is not used. */
  readonly live: boolean
  /** Invalidations that wait for the backend (`onUnavailable: 'queue'`). */
  readonly queued: number
  readonly backend: BackendHealth & { readonly name: string }
}

/** The health of a manager that is closed. */
export function closedHealth(backend: string): CacheHealth {
  const reasons = ['closed']
  return { status: 'down', reasons, live: false, queued: 0, backend: { name: backend, status: 'down', reasons } }
}

/** Sums up what was found. `sources`: by the name of its cache, what a loader or writer says about itself. */
export function sumUpHealth(
  found: Pick<CacheHealth, 'live' | 'queued' | 'backend'> & {
    /** Whether there is a journal to hear of: without one nothing is amiss if nothing is heard. */
    readonly hears: boolean
    readonly sources: readonly { readonly cache: string; readonly reason: string }[]
  },
): CacheHealth {
  const { hears, live, queued, backend, sources } = found
  const { name, status, reasons = [] } = backend
  const all = [
    ...(status === 'healthy'
      ? []
      : [`the backend ${name} is ${status}${reasons.length === 0 ? '' : `: ${reasons.join('; ')}`}`]),
    ...(live || !hears ? [] : ['the journal has not been heard of lately, so the memory of this process is not used']),
    ...(queued === 0 ? [] : [`invalidations that wait for the backend: ${queued}`]),
    ...sources.map(({ cache, reason }) => `the cache ${cache}: ${reason}`),
  ]
  return { status: all.length === 0 ? 'healthy' : 'degraded', reasons: all, live, queued, backend }
}
