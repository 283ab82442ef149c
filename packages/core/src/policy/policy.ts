import type { Codec } from '../contracts/codec.ts'
import type { CompressionPolicy } from './compress-options.ts'
import type { RefreshAhead } from './refresh-ahead.ts'

/** How values handed out of this process' memory are protected from a caller's changes. */
export type CopyMode = 'freeze' | 'clone' | 'share'

/** How one call is to be treated: every option resolved, validated and in milliseconds. Frozen. */
export interface Policy {
  /** How long a value is served as fresh. Positive, may be `Infinity`. */
  readonly ttlMs: number
  /** How long after that it may still be served as stale. 0 or more, may be `Infinity`. */
  readonly graceMs: number
  /** Largest share of `ttlMs` taken off at random, 0 to 1. */
  readonly jitter: number
  /** `ttlMs` of a `null`, if it differs. */
  readonly negativeTtlMs: number | undefined
  /** When a value that is still fresh is reloaded behind its readers. */
  readonly refreshAhead: RefreshAhead
  /** How long a caller who could have a stale value waits for the fresh one. */
  readonly softTimeoutMs: number
  /** How long a loader may run. Positive, may be `Infinity`. */
  readonly hardTimeoutMs: number
  /** How long a backend may take for one operation. Positive, finite. */
  readonly storeTimeoutMs: number
  /** How long to wait for a load that another process runs, before loading here without storing. */
  readonly waitForLoadMs: number
  /** Tags known before the load. */
  readonly tags: readonly string[]
  /** Version of the value, for writes. */
  readonly version: number | undefined
  /** Whether to ask L2 and the journal instead of trusting this process' memory. */
  readonly fresh: boolean
  /** Whether an invalidated value may be served as stale while grace lasts. */
  readonly staleAfterInvalidation: boolean
  /** What becomes of an invalidation that the backend cannot carry out. */
  readonly onUnavailable: 'fail' | 'queue'
  readonly copy: CopyMode
  readonly codec: Codec
  /** How payloads are made smaller for the store; `undefined`: not at all. */
  readonly compression: CompressionPolicy | undefined
  /** Largest encoded value that is cached, in bytes. */
  readonly maxValueBytes: number
}

/** How long the lease of a load or a write stands without renewal, in milliseconds. Renewed every third of it. */
export const LEASE_MS = 10_000

/** How long an entry made under this policy may exist, in milliseconds. */
export function hardTtlMs(policy: Policy): number {
  return policy.ttlMs + policy.graceMs
}

/** Longest and shortest life of a mark without use, in milliseconds. A mark that dies too early costs a reload, never a stale answer. */
const MARK_TTL = { least: 3_600_000, most: 30 * 86_400_000 } as const

/** How long marks live that entries of this policy carry: twice as long as the entries, within an hour and 30 days. */
export function markTtlMs(policy: Policy): number {
  return Math.min(MARK_TTL.most, Math.max(MARK_TTL.least, 2 * hardTtlMs(policy)))
}
