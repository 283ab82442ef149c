import type { Journal } from './journal.ts'
import type { Locks } from './locks.ts'
import type { Store } from './store.ts'
import type { WriteQueue } from './write-queue.ts'

/** How a backend is doing, from a round trip made now. */
export interface BackendHealth {
  /** `healthy`: all is well; `degraded`: it answers, but not everything is asked of it; `down`: it does not answer. */
  readonly status: 'healthy' | 'degraded' | 'down'
  /** Round trip in milliseconds; absent when down. */
  readonly latencyMs?: number
  /** Why it is not healthy, one sentence each; never holds values or credentials. Absent or empty when it is. */
  readonly reasons?: readonly string[]
}

/** A place outside the cache's own memory: a store of entries, and the journal that keeps several nodes in step. */
export interface Backend {
  /** Short name for messages and metrics. */
  readonly name: string
  readonly store: Store
  /** Without a journal, other nodes are not told of invalidations. */
  readonly journal?: Journal
  /** Without locks, `tryLock` and `withLock` reject with an UnsupportedError. */
  readonly locks?: Locks
  /** Without a queue, nothing can be written behind. */
  readonly queue?: WriteQueue
  /** Asks the server. Never rejects; answers within the backend's own deadline. */
  health(): Promise<BackendHealth>
  /** Ends connections that the backend opened itself. Idempotent. */
  close(): Promise<void>
}
