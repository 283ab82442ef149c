import type { Backend } from '../contracts/backend.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Locks } from '../contracts/locks.ts'
import type { Naming } from '../contracts/naming.ts'
import type { Random } from '../contracts/random.ts'
import type { Sealer } from '../contracts/sealer.ts'
import type { L1Options, PolicyOptions, WaitUntil } from './cache-options.ts'
import type { Duration } from './duration.ts'

/** Options of a manager; none is required. */
export interface ManagerOptions {
  /** What every shared key starts with. Nodes of one namespace share entries and invalidations. Default `'larder'`. */
  readonly namespace?: string
  /** Bounds of each cache's share of this process' memory, or `false` for none; a cache may have its own. */
  readonly l1?: L1Options | false
  /** The store that all processes share. Default: this process' memory. Closed with the last manager that uses it. */
  readonly l2?: Backend
  /** What `tryLock` and `withLock` use. Default: the locks of `l2`. Closed with the last manager that uses them. */
  readonly locks?: Locks
  /**
   * Encrypts and authenticates every value on its way to `l2`; `aesGcm` of `@larder/crypto` makes one. A stored value that it cannot open, or
   * that is not sealed, is a miss. Default: values lie in the store as their codec writes them.
   */
  readonly sealer?: Sealer
  /**
   * Hides keys and tags from the store, the journal and its listeners; `hashKeys` of `@larder/crypto` makes one. The same on all nodes of a
   * namespace: another naming needs another namespace. Default: names are what callers say.
   */
  readonly naming?: Naming
  /** Options of all caches that do not say otherwise. */
  readonly defaults?: PolicyOptions
  /**
   * How long this process trusts its own memory without proof that it heard of every invalidation; proof is sought three times as often.
   * It bounds how long an invalidation may go unnoticed behind a broken connection. Default `'2s'`.
   */
  readonly heartbeat?: Duration
  /**
   * Called for failures that no caller hears of: a refresh behind a stale value, a backend that the node cannot keep in step with.
   * Default: they are published on the `larder:error` channel of `node:diagnostics_channel` only.
   */
  readonly onError?: (error: unknown) => void
  /**
   * Told of every piece of work that goes on behind an answer, so that a serverless platform lets it end: `ctx.waitUntil` and its like. The
   * promises never reject. Default: none; `close()` waits for such work in any case.
   */
  readonly waitUntil?: WaitUntil
  /** The time, for tests. */
  readonly clock?: Clock
  /** Randomness, for tests. */
  readonly random?: Random
}
