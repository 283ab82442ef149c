import type { Cached } from './cached.ts'
import type { Failed } from './failed.ts'

/** What a loader is told. */
export interface LoadContext<T> {
  /** Aborts on the hard timeout, and when the last caller who waits has gone. */
  readonly signal: AbortSignal
  /** The value this load replaces, if one is at hand. */
  readonly stale: T | undefined
  /** 1, and one more for each refresh of the key that has failed in a row in this process. */
  readonly attempt: number
}

/** Fetches one value from the source. `undefined`, where `T` allows it, means that there is nothing to cache. */
export type Load<T, K> = (key: K, context: LoadContext<T>) => Loaded<T> | Promise<Loaded<T>>

/** What a loader returns. */
export type Loaded<T> = T | Cached<T>

/**
 * Fetches several values: a `Map` by key, or an array in the order of `keys`. What is missing is not cached; what could not be loaded is
 * `failed(error)`. Keys in the `Map` that nobody asked for are ignored and reported.
 */
export type LoadMany<T, K> = (
  keys: readonly K[],
  context: { readonly signal: AbortSignal },
) => LoadedMany<T, K> | Promise<LoadedMany<T, K>>

/** What a loader of several values returns. */
export type LoadedMany<T, K> = ReadonlyMap<K, LoadedOne<T>> | readonly LoadedOne<T>[]

/** One of them. */
export type LoadedOne<T> = Loaded<T> | Failed | undefined
