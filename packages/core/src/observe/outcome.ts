import type { EntryHead } from '../entry/entry.ts'
import type { Handout } from '../entry/handout.ts'

/** Where a value came from: this process' memory, the shared store, or the loader. */
export type Source = 'l1' | 'l2' | 'loader'

/**
 * Why a value is served as stale: its `ttl` is over and it is being reloaded; it could not be reloaded; another process is loading it; it
 * was invalidated and `staleAfterInvalidation` is on.
 */
export type StaleReason = 'revalidating' | 'loader-error' | 'loading-elsewhere' | 'invalidated'

/** What a read came to. */
export type Outcome<T> =
  | {
      readonly kind: 'value'
      readonly handout: Handout<T>
      readonly source: Source
      /** The entry behind the value; absent for a value that was not cached. */
      readonly entry: EntryHead | undefined
      readonly state: 'fresh'
    }
  | {
      readonly kind: 'value'
      readonly handout: Handout<T>
      readonly source: Source
      readonly entry: EntryHead
      readonly state: 'stale'
      readonly reason: StaleReason
    }
  | { readonly kind: 'absent' }

/** An outcome that brought a value. */
export type ValueOutcome<T> = Extract<Outcome<T>, { kind: 'value' }>
