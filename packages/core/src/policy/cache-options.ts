import type { Codec } from '../contracts/codec.ts'
import type { Load, LoadMany } from './loader.ts'
import type { Compression, CompressOptions } from './compress-options.ts'
import type { CopyMode } from './policy.ts'
import type { Duration } from './duration.ts'
import type { Size } from './size.ts'
import type { StandardSchema } from './standard-schema.ts'
import type { WriteBehindOptions } from './write-behind-options.ts'
import type { WriteMany } from './writer.ts'

/** Limits on waiting. */
export interface TimeoutOptions {
  /**
   * How long a caller who could have a stale value waits for the fresh one. Default 0: the stale value at once, the load behind it.
   */
  readonly soft?: Duration
  /** How long a loader may run before its `signal` aborts and its callers are answered. Default `'30s'`. */
  readonly hard?: Duration
  /** How long one backend operation may take. Default `'1s'`. */
  readonly store?: Duration
}

/** Options with a meaning for a manager, a cache and a single call; the nearest one wins. */
export interface PolicyOptions {
  /** How long a value is served as fresh. Default `'5m'`. `'forever'` until evicted or invalidated. */
  readonly ttl?: Duration
  /** How long after its `ttl` a value may be served as stale while it is reloaded, or when it cannot be. Default 0. */
  readonly grace?: Duration
  /** Largest share of `ttl` that is taken off at random, so that entries do not expire together. 0 to 1, default 0. */
  readonly jitter?: number
  /** `ttl` of a `null`. Default: the same as `ttl`. */
  readonly negativeTtl?: Duration
  /**
   * When a read of a value that is still fresh has it reloaded behind its back, so that a popular key never expires: a share of its `ttl`, between
   * 0 and 1 (`0.8`: in the last fifth), or `{ beta }` for XFetch, where chance decides, the likelier the nearer the end and the longer
   * loads take (`beta: 1` is usual, larger is earlier). One process of all refreshes; a failure keeps the old value. Default `false`: never.
   */
  readonly refreshAhead?: number | { readonly beta: number } | false
  readonly timeouts?: TimeoutOptions
  /** How long to wait for a load that another process runs. Default `'30s'`. After it the value is loaded here, uncached. */
  readonly waitForLoad?: Duration
  /** Whether a value may still be served, marked stale, within `grace` after it was invalidated. Default `false`. */
  readonly staleAfterInvalidation?: boolean
  /**
   * What becomes of a write or an invalidation that the backend cannot carry out. `'fail'` (default): it rejects. `'queue'`: it resolves and waits
   * in this process, a `set` as the removal of its key, until the backend is back; meanwhile this process trusts nothing the store
   * says, `health()` counts what waits, and `onError` is told. What waits is lost with the process.
   */
  readonly onUnavailable?: 'fail' | 'queue'
  /**
   * How values are protected from a caller's changes. `'freeze'` (default): plain data is handed out deeply frozen, other values are copied
   * for each caller. `'clone'`: every caller gets a copy. `'share'`: no protection, no cost.
   */
  readonly copy?: CopyMode
  /** How values become bytes. Default `'msgpack'`. */
  readonly codec?: 'msgpack' | 'json' | Codec
  /**
   * How values are made smaller on their way to the shared store: an algorithm, or one with its own bounds. A value that does not get smaller
   * is stored as it is. With a `sealer` nothing is compressed unless `withEncryption` says so. Default `false`.
   */
  readonly compress?: Compression | CompressOptions | false
  /** Largest encoded value that is cached; larger ones are returned, not kept. Default `'16mb'`. */
  readonly maxValueBytes?: Size
}

/** Told of work that goes on behind an answer, so that a serverless platform lets it end: `ctx.waitUntil` and its like. */
export type WaitUntil = (work: Promise<unknown>) => void

/** Options of a call that waits. */
export interface WaitOptions {
  /** Ends this caller's wait with the signal's reason. What was begun for others goes on: loads, writes, invalidations. */
  readonly signal?: AbortSignal
}

/** Options of one call. */
export interface CallOptions extends PolicyOptions, WaitOptions {
  /** Tags of the value, known before it is loaded. Added to those of the cache. */
  readonly tags?: readonly string[]
  /** Version of a written value: a non-negative safe integer. An older one never replaces a newer. */
  readonly version?: number
  /** Ask L2 and the journal instead of trusting this process' memory, and join no load that already runs. Default `false`. */
  readonly fresh?: boolean
  /** Told of the refresh that this call starts behind its answer, if it starts one. Default: the manager's `waitUntil`. */
  readonly waitUntil?: WaitUntil
}

/** Options of `flush`. */
export interface FlushOptions extends WaitOptions {
  /** How long to wait for the writer. Default `timeouts.hard`. */
  readonly deadline?: Duration
}

/** Bounds and kind of this process' own memory; each cache has its own. */
export interface L1Options {
  /** Most entries kept. Default 10,000. */
  readonly maxEntries?: number
  /** Most bytes kept, by encoded size and a fixed share for each entry. Default `'64mb'`. */
  readonly maxBytes?: Size
  /**
   * Which entry leaves first: the least recently used (`'lru'`, default), the next to expire (`'ttl'`), or the one least often asked for
   * (`'lfu'`, by S3-FIFO: what is read only once does not displace what is read often).
   */
  readonly policy?: 'lru' | 'ttl' | 'lfu'
  /**
   * Longest time that an entry is answered from this process' memory before the shared store is asked again. With a backend that tells of no
   * invalidations (Memcached without a journal) it is how stale an answer may be, and must be given. Default: as long as the entry lives.
   */
  readonly ttl?: Duration
}

/** Options of one cache. */
export interface CacheOptions<T, K = string> extends PolicyOptions {
  /** Turns a key into the string that names the entry. Needed unless `K` is a string, number or bigint. Must be injective. */
  readonly key?: (key: K) => string
  /** Fetches one value; what `readThrough` uses unless the call brings its own. */
  readonly load?: Load<T, K>
  /** Fetches several values at once; what `readThroughMany` uses unless the call brings its own. */
  readonly loadMany?: LoadMany<T, K>
  /** Changes the source: what `writeBehind` uses, and `writeThrough` unless the call brings its own. */
  readonly write?: WriteMany<T, K>
  /** How `writeBehind` gathers, repeats and gives up. */
  readonly writeBehind?: WriteBehindOptions
  /** Tags of every value: a list known before a load, or a function of the value. */
  readonly tags?: readonly string[] | ((value: T, key: K) => readonly string[])
  /** Checks values that come from L2; one that does not pass is a miss. Any Standard Schema. */
  readonly schema?: StandardSchema
  /** Bounds of this process' own memory, or `false` for none. Default: what the manager says. */
  readonly l1?: L1Options | false
}
