import type { Duration } from './duration.ts'

/** A loaded value with a policy of its own; made by {@link cached}. */
export class Cached<T> {
  readonly value: T
  readonly options: CachedOptions

  constructor(value: T, options: CachedOptions) {
    this.value = value
    this.options = options
  }
}

/** What a loader may decide for one value. */
export interface CachedOptions {
  /** How long the value is served as fresh. Default: the policy's. */
  readonly ttl?: Duration
  /** Tags found while loading. Added to the others. */
  readonly tags?: readonly string[]
  /** Version of the value: a non-negative safe integer. */
  readonly version?: number
}

/** Wraps what a loader returns, to decide its `ttl`, `tags` or `version` value by value. */
export function cached<T>(value: T, options: CachedOptions): Cached<T> {
  return new Cached(value, options)
}
