/** What locks can do; conformance suites skip what they say they cannot. */
export interface LocksManifest {
  /** Short name for messages and metrics, for example `redis`. */
  readonly name: string
  /** Whether other processes see what is locked here. */
  readonly shared: boolean
  /** Largest key in UTF-8 bytes. */
  readonly maxKeyBytes: number
}

/** Asks for a lock. */
export interface LockRequest {
  /** Names this acquisition and no other: what holds the lock, and later extends and releases it. */
  readonly token: string
  /** How long the lock holds unless it is extended, in milliseconds: an integer from 1 to 2^31 - 1. */
  readonly ttlMs: number
  /** The fencing token must be greater than this one; default 0. What joins several lock servers into one needs it. */
  readonly fenceAbove?: number
}

/**
 * What `acquire` found.
 * `granted`: the caller holds the lock, for `ttlMs` counted from some instant after it asked. `fencingToken` is a positive safe integer,
 * greater than every one that was granted for the key before.
 * `held`: somebody else does, for `remainingMs` more unless he extends or releases it; absent where that is not known.
 */
export type LockAnswer =
  { readonly kind: 'granted'; readonly fencingToken: number } | { readonly kind: 'held'; readonly remainingMs?: number }

/** Tells of a lock that may have become free, until it is closed. */
export interface LockWatch {
  /** Bounded; never rejects. */
  close(): Promise<void>
}

/**
 * Gives each key to one holder at a time, for a limited time. Every method acts on one key, atomically. A rejection means that the outcome is
 * unknown: the caller releases the token it asked with, and never counts itself as the holder.
 *
 * Keys are strings of valid Unicode built by the caller; implementations may add suffixes to them, and never confuse them with keys of a store.
 */
export interface Locks {
  readonly manifest: LocksManifest
  /**
   * Takes the lock if nobody holds it. A token that holds it already is granted it anew, with a new fencing token and a new time: repeating
   * a request is safe. The fencing token is made in the same step.
   */
  acquire(key: string, request: LockRequest): Promise<LockAnswer>
  /** Makes the lock hold for at least `ttlMs` milliseconds from now if `token` still holds it; never shortens. `false` if it does not. */
  extend(key: string, token: string, ttlMs: number): Promise<boolean>
  /** Ends the lock if `token` still holds it; `false` if it does not. */
  release(key: string, token: string): Promise<boolean>
  /**
   * Calls `woken` when the lock may have been released, from whichever process; it may also call it for nothing, and may miss some:
   * it saves waiting time, nothing depends on it. Absent where nobody tells. Nothing is told of a lock that ran out.
   */
  watch?(key: string, woken: () => void): LockWatch
  /** Ends connections that were opened for the locks alone. Idempotent; never rejects. */
  close(): Promise<void>
}
