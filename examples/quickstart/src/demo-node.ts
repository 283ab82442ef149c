import type { ListFilter } from './city-source.ts'
import type { Request } from './make-requests.ts'

/** Whether requests go straight to the database, or through the cache. */
export type Mode = 'without-cache' | 'with-cache'

/** Where the answers of a node came from, summed over its caches. */
export interface TierCounts {
  readonly l1Hits: number
  readonly l2Hits: number
  readonly misses: number
  /** Of all reads, those that shared a read already under way. */
  readonly coalesced: number
}

/** A row that is about to change, and a list in which it stands. */
export interface Change {
  readonly id: number
  readonly filter: ListFilter
  readonly newPopulation: number
}

/** When a node, reading one thing without pause, saw it change. Times in ms of the machine's monotonic clock. */
export interface Sighting {
  /** The first read that returned the new value returned it then. */
  readonly newAt: number
  /** When each read that returned the old value had begun. */
  readonly oldReads: readonly number[]
}

/** What a node saw of a {@link Change}. */
export interface Sightings {
  readonly city: Sighting
  readonly list: Sighting
}

/** One server of the application, in this process or in another one. */
export interface DemoNode {
  /** Resolves when the node knows that it is up to date with the others. Rejects if it cannot reach the store. */
  ready(): Promise<void>
  /** Answers requests, several at a time; resolves with how long each took, in ms. */
  answer(requests: readonly Request[], mode: Mode): Promise<Float64Array>
  tierCounts(): Promise<TierCounts>
  /** Starts to read what the change will concern, without pause; resolves once the old values come from its own memory. */
  watch(change: Change): Promise<void>
  /** Resolves when the new values have been read. Rejects if that takes more than ten seconds. */
  sightings(): Promise<Sightings>
  close(): Promise<void>
}
