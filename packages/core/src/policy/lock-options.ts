import type { Duration } from './duration.ts'
import { durationMs } from './duration.ts'
import { checkObject, checkSignal } from './option-checks.ts'
import { showValue } from './show-value.ts'

/** Options of `tryLock`. */
export interface TryLockOptions {
  /** Ends the attempt. What it took by then is given back. */
  readonly signal?: AbortSignal
}

/** Options of `withLock`. */
export interface WithLockOptions {
  /**
   * How long the lock holds if this process dies, from 1 ms to 2^31 - 1 ms. While the body runs it is extended, every third of this time.
   */
  readonly ttl: Duration
  /** How long to wait for a lock that is held. Default `'30s'`; 0 tries once. */
  readonly wait?: Duration
  /** Ends the wait. A body that has begun is not concerned. */
  readonly signal?: AbortSignal
  /** How long a body may hold the lock in all by automatic extension, or `false` for `ttl` only. Default `'10m'`. */
  readonly extend?: Duration | false
}

/** {@link WithLockOptions}, checked; milliseconds. */
export interface LockPlan {
  readonly ttlMs: number
  readonly waitMs: number
  /** Longest hold in all, counted from the acquisition. */
  readonly holdMs: number
  readonly signal: AbortSignal | undefined
}

const WAIT_MS = 30_000
const HOLD_MS = 600_000

/** Longest time to live that every server and timer takes, in milliseconds. */
const LONGEST_TTL_MS = 2 ** 31 - 1

/** @throws TypeError naming the option. */
export function lockPlan(options: WithLockOptions): LockPlan {
  checkObject(options, 'options')
  const { ttl, wait, extend, signal } = options
  const ttlMs = lockTtlMs(ttl)
  checkSignal(signal)
  return {
    ttlMs,
    waitMs: wait === undefined ? WAIT_MS : durationMs(wait, 'wait', { zero: true }),
    holdMs: extend === undefined ? HOLD_MS : extend === false ? ttlMs : durationMs(extend, 'extend'),
    signal,
  }
}

/** The time to live of a lock in milliseconds. @throws TypeError unless it is from 1 to 2^31 - 1. */
export function lockTtlMs(ttl: Duration): number {
  const ttlMs = durationMs(ttl, 'ttl')
  if (ttlMs <= LONGEST_TTL_MS) return ttlMs
  throw new TypeError(`ttl of a lock must be at most ${LONGEST_TTL_MS} ms (24.8 days), got ${showValue(ttl)}`)
}
