import type { Duration } from '../policy/duration.ts'

/** A lock that was obtained: the right to be the only one, for a limited time. Disposing of it releases it. */
export interface Lock extends AsyncDisposable {
  /** What is locked: `<cache>:<key>`, or `:<key>` for a lock of the manager. */
  readonly key: string
  /**
   * Aborts with a LockLostError when the lock is lost: before its time runs out on the server, by a monotonic clock. Its `aborted` is judged
   * anew at each look, so a process that was paused finds it aborted even before its timers run. A release does not abort it.
   */
  readonly signal: AbortSignal
  /**
   * A positive safe integer, greater than that of every earlier holder of this lock. Give it to what the lock protects, and let that refuse
   * smaller ones.
   */
  readonly fencingToken: number
  /**
   * Makes the lock hold for at least `ttl` from now (default: the `ttl` it was obtained with); never shortens it. Rejects with a
   * LockLostError if it is not held any more, with another CacheError if that could not be found out: it then holds as long as it did before.
   */
  extend(ttl?: Duration): Promise<void>
  /** Ends the lock. Whether it was still held. Rejects with a CacheError if that is unknown; calling it again is safe. */
  release(): Promise<boolean>
}
