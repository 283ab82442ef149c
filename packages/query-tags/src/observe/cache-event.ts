/** One thing that happened. */
export type CacheEvent =
  | { readonly kind: 'hit' | 'miss'; readonly key: string }
  /** A query that was to be cached went to the database. */
  | { readonly kind: 'bypass'; readonly why: string }
  /** An answer was not kept. */
  | { readonly kind: 'not-kept'; readonly key: string; readonly why: string }
  | { readonly kind: 'invalidate'; readonly tags: readonly string[] }
  /** A statement of which nobody can tell what it changes invalidated everything. */
  | { readonly kind: 'invalidate-all'; readonly why: string }
  /** With strict consistency: the commit took longer than the lease, so that for its rest it was not covered. */
  | { readonly kind: 'lease-too-short' }

/** What the cache of an ORM did so far. Every query that was to be cached is a hit, a miss or a bypass. */
export interface QueryStats {
  readonly hits: number
  readonly misses: number
  readonly bypasses: number
  readonly invalidations: number
}
