import type { Clock, Duration } from '@larder/core'

/** How queries are cached that do not say otherwise. */
export interface QueryDefaults {
  /** Default `'opt-in'`: a query is cached if it has the option `cache`, or runs inside `withCache`. */
  readonly mode?: 'opt-in' | 'opt-out'
  /** How long an answer is fresh. Default `'1m'`. */
  readonly ttl?: Duration
  /** How long after that it may be served as stale while it is read again. Default 0. */
  readonly grace?: Duration
  /** Largest share of `ttl` taken off at random, 0 to 1. Default 0.1. */
  readonly jitter?: number
}

/** What holds for all queries, whichever ORM makes them. */
export interface QueryOptions {
  readonly defaults?: QueryDefaults
  /** What decides about rows beside the query: the tenant of row-level security. Part of every key. Default: none. */
  readonly scope?: () => string | null | undefined
  /** Whether a query without a scope goes to the database. Default `false`. */
  readonly scopeRequired?: boolean
  /**
   * `'after-commit'` (default): between a commit and the end of its invalidation a reader may find the old answer, and a process that dies there
   * leaves it until its `ttl`. `'strict'` closes both, for two more requests a transaction, and refuses to commit while the cache cannot be told.
   */
  readonly consistency?: 'after-commit' | 'strict'
  /** With `'strict'`: how long a commit may take. Default `'10s'`. */
  readonly lease?: Duration
  /** With read replicas: the longest they may lag. So long after a write, what they say is not kept. */
  readonly replica?: { readonly maxLag: Duration }
  /** The time, for tests. */
  readonly clock?: Clock
}
