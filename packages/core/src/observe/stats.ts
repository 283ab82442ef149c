/** What a cache did since it was created. Counts, apart from `hitRatio`. */
export interface CacheStats {
  /** Values served from this process' memory. */
  readonly l1Hits: number
  /** Values served from the shared store. */
  readonly l2Hits: number
  /** Reads that neither tier could answer. */
  readonly misses: number
  /** Hits of both tiers among hits and misses, 0 to 1; 0 before the first read. */
  readonly hitRatio: number
  /** Of the values served, those that were stale. */
  readonly staleServed: number
  /** Reads that shared a read already under way. */
  readonly coalesced: number
  /** Loader runs: begun, and ended by an error or the hard timeout. */
  readonly loads: number
  readonly loadErrors: number
  /** Loaded values that were not stored because an invalidation, another write or a fault came between. */
  readonly refusedFills: number
  /** Values that could not be encoded or were too large. */
  readonly uncacheable: number
  /** Entries found in the store that could not be used: malformed, of an unknown format, not passing the `schema`, or not to be decrypted. */
  readonly unreadable: number
  /** Of these, those that could not be decrypted, or were not encrypted where they should be. */
  readonly decryptionFailures: number
  readonly sets: number
  readonly deletes: number
  /** Backend operations that failed or came too late. */
  readonly storeErrors: number
  /** What this process' memory holds now. */
  readonly l1: { readonly entries: number; readonly bytes: number }
}

/** The running counts behind {@link CacheStats}. */
export class Counters {
  l1Hits = 0
  l2Hits = 0
  misses = 0
  staleServed = 0
  coalesced = 0
  loads = 0
  loadErrors = 0
  refusedFills = 0
  uncacheable = 0
  unreadable = 0
  decryptionFailures = 0
  sets = 0
  deletes = 0
  storeErrors = 0

  snapshot(l1: { readonly entries: number; readonly bytes: number }): CacheStats {
    const hits = this.l1Hits + this.l2Hits
    const reads = hits + this.misses
    return { ...this, hitRatio: reads === 0 ? 0 : hits / reads, l1: { entries: l1.entries, bytes: l1.bytes } }
  }
}
