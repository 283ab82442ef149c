import type { Cached } from './cached.ts'

/** What a loader is told. */
export interface LoadContext<T> {
  /** Aborts on the hard timeout, and when the last caller who waits has gone. */
  readonly signal: AbortSignal
  /** The value this load replaces, if one is at hand. */
  readonly stale: T | undefined
}

/** Fetches one value from the source. `undefined`, where `T` allows it, means that there is nothing to cache. */
export type Load<T, K> = (key: K, context: LoadContext<T>) => Loaded<T> | Promise<Loaded<T>>

/** What a loader returns. */
export type Loaded<T> = T | Cached<T>

/** Fetches several values: a `Map` by key, or an array in the order of `keys`. What is missing is not cached. */
export type LoadMany<T, K> = (
  keys: readonly K[],
  context: { readonly signal: AbortSignal },
) => LoadedMany<T, K> | Promise<LoadedMany<T, K>>

/** What a loader of several values returns. */
export type LoadedMany<T, K> = ReadonlyMap<K, Loaded<T> | undefined> | readonly (Loaded<T> | undefined)[]
