import { hand } from '../entry/handout.ts'
import type { Source, StaleReason, ValueOutcome } from './outcome.ts'

/** A value and its history. */
export type CacheEntry<T> = {
  readonly value: T
  /** Which tier answered. */
  readonly source: Source
  /** Milliseconds since the load or write that made the value began. */
  readonly ageMs: number
  /** Milliseconds for which it is still fresh; 0 when stale, `Infinity` if it never expires. */
  readonly remainingTtlMs: number
  /** Its tags. */
  readonly tags: readonly string[]
  /** The version its writer gave it. */
  readonly version: number | undefined
} & ({ readonly state: 'fresh' } | { readonly state: 'stale'; readonly reason: StaleReason })

/** Describes what a read came to, at wall time `now`. */
export function cacheEntryOf<T>(outcome: ValueOutcome<T>, now: number): CacheEntry<T> {
  const { entry } = outcome
  const described = {
    value: hand(outcome.handout),
    source: outcome.source,
    ageMs: entry === undefined ? 0 : Math.max(0, now - entry.birth),
    remainingTtlMs: entry === undefined ? 0 : Math.max(0, entry.softAt - now),
    tags: (entry?.marks ?? []).filter(([name]) => name.startsWith('#')).map(([name]) => name.slice(1)),
    version: entry?.version,
  }
  return outcome.state === 'fresh'
    ? { ...described, state: 'fresh' }
    : { ...described, state: 'stale', reason: outcome.reason }
}
