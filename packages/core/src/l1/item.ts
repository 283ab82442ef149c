import type { Entry, EntryHead } from '../entry/entry.ts'
import type { Handout } from '../entry/handout.ts'
import { earliestDue } from '../policy/refresh-ahead.ts'
import type { RefreshAhead } from '../policy/refresh-ahead.ts'

/** An entry in this process' memory. */
export interface Item<T> {
  readonly entry: EntryHead
  readonly handout: Handout<T>
  /** Monotonic instants, in milliseconds: until when it is fresh, and until when it may be stale. */
  readonly softAt: number
  readonly hardAt: number
  /** Monotonic instant from which a read may have to refresh it ahead; `softAt` if never. */
  readonly dueAt: number
  /** Share of the byte bound it takes. */
  readonly bytes: number
  /** The generation of the local marks under which its own marks were last found valid; see `LocalMarks.generation`. */
  generation: number
  /** The value as a settled promise, made on the first hit: most hits then allocate nothing. */
  settled: Promise<T> | undefined
}

/** Wall and monotonic time of one instant. */
export interface Instant {
  readonly wall: number
  readonly mono: number
}

/** Bytes that an item takes beside its key and payload: the item, its entry and marks, and a place in the index. */
const OVERHEAD_BYTES = 400

/**
 * An item made now from an entry. Expiry moves to monotonic time, so that later jumps of the wall clock do not matter; an entry born in
 * the future, by a clock that is ahead of ours, lives no longer than it was meant to.
 */
export function itemOf<T>(
  key: string,
  made: {
    readonly entry: Entry
    readonly handout: Handout<T>
    readonly now: Instant
    readonly ahead: RefreshAhead
    /** How long loads take, in milliseconds. */
    readonly loadMs: number
    /** Longest life of the item, in milliseconds, whatever the entry's. */
    readonly mostMs: number
  },
): Item<T> {
  const { now } = made
  const { payload, ...entry } = made.entry
  const left = (at: number): number => now.mono + Math.min(at - now.wall, at === Infinity ? Infinity : at - entry.birth)
  const softAt = left(entry.softAt)
  const endsAt = now.mono + made.mostMs
  return {
    entry,
    handout: kept(made.handout),
    softAt: Math.min(softAt, endsAt),
    hardAt: Math.min(left(entry.hardAt), endsAt),
    dueAt: Math.min(earliestDue({ softAt, ttlMs: entry.softAt - entry.birth }, made.ahead, made.loadMs), endsAt),
    bytes: OVERHEAD_BYTES + key.length * 2 + payload.length,
    generation: -1,
    settled: undefined,
  }
}

/** The handout with bytes of its own: those of an entry may be a small part of a large buffer of the client, which would stay with them. */
function kept<T>(handout: Handout<T>): Handout<T> {
  return handout.kind === 'shared' ? handout : { ...handout, payload: Uint8Array.from(handout.payload) }
}
