import { AsyncLocalStorage } from 'node:async_hooks'
import type { Duration } from '@larder/core'

/** How the queries of a piece of code are cached. */
export interface CacheContext {
  readonly ttl?: Duration
  readonly grace?: Duration
  /** Tags of your own, beside those of what is read. */
  readonly tags?: readonly string[]
  /** Names the answers, for `queryResultCache.remove([name])`. */
  readonly name?: string | undefined
}

const contexts = new AsyncLocalStorage<CacheContext | 'off'>()

/** Caches all queries that `run` makes, also those for relations, with these options. Queries that say `cache: false` are not. */
export function withCache<R>(options: CacheContext, run: () => R): R {
  return contexts.run(options, run)
}

/** Caches none of the queries that `run` makes. */
export function noCache<R>(run: () => R): R {
  return contexts.run('off', run)
}

/** What holds where it is called. */
export function currentContext(): CacheContext | 'off' | undefined {
  return contexts.getStore()
}
