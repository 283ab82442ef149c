import { durationMs } from './duration.ts'
import type { Duration } from './duration.ts'
import { checkNumber, checkObject } from './option-checks.ts'

/** How a cache writes behind. */
export interface WriteBehindOptions {
  /** Most writes in one call of the writer, 1 to 10,000. Default 100. */
  readonly batchSize?: number
  /** How long a write waits for others to share a call with. Default `'20ms'`. */
  readonly batchDelay?: Duration
  /** How often a write is tried before it becomes a dead letter, 1 to 1,000. Default 25: more than a quarter of an hour. */
  readonly attempts?: number
  /** First and longest pause before a failed write is tried again; each failure doubles it. Default `'100ms'` and `'60s'`. */
  readonly backoff?: { readonly first?: Duration; readonly most?: Duration }
  /** Most keys that may wait for their writer, and as many dead letters. Default 10,000. */
  readonly maxPending?: number
  /** How long `writeBehind` waits for room when that many wait. Default `'1s'`. */
  readonly waitForRoom?: Duration
  /** How long after the death of the process that writes another one takes over. Default `'10s'`. */
  readonly takeover?: Duration
}

/** {@link WriteBehindOptions}, resolved. */
export interface WriteBehindPolicy {
  readonly batchSize: number
  readonly batchDelayMs: number
  readonly attempts: number
  readonly backoffMs: { readonly first: number; readonly most: number }
  readonly maxPending: number
  readonly waitForRoomMs: number
  readonly takeoverMs: number
}

/** @throws TypeError naming the option, for one that is out of its range. */
export function resolveWriteBehind(options: WriteBehindOptions = {}): WriteBehindPolicy {
  checkObject(options, 'writeBehind')
  const { backoff = {} } = options
  checkObject(backoff, 'writeBehind.backoff')
  const first = finite(backoff.first ?? '100ms', 'writeBehind.backoff.first')
  return Object.freeze({
    batchSize: integer(options.batchSize ?? 100, 'writeBehind.batchSize', 10_000),
    batchDelayMs: finite(options.batchDelay ?? '20ms', 'writeBehind.batchDelay', { zero: true }),
    attempts: integer(options.attempts ?? 25, 'writeBehind.attempts', 1_000),
    backoffMs: { first, most: Math.max(first, finite(backoff.most ?? '60s', 'writeBehind.backoff.most')) },
    maxPending: integer(options.maxPending ?? 10_000, 'writeBehind.maxPending', 10_000_000),
    waitForRoomMs: finite(options.waitForRoom ?? '1s', 'writeBehind.waitForRoom', { zero: true }),
    takeoverMs: finite(options.takeover ?? '10s', 'writeBehind.takeover'),
  })
}

function integer(value: unknown, option: string, most: number): number {
  return checkNumber(value, option, { least: 1, most, integer: true })
}

function finite(value: Duration, option: string, bounds?: { readonly zero?: boolean }): number {
  const ms = durationMs(value, option, bounds)
  if (ms === Infinity) throw new TypeError(`${option} must be finite: nothing waits for ever`)
  return ms
}
