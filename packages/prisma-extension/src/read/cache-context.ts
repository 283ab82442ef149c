import { AsyncLocalStorage } from 'node:async_hooks'
import type { Duration } from '@larder/core'

/** How a query is cached. */
export interface CacheStrategy {
  /** How long its answer is fresh. Default: what the model's options, or `defaults`, say. */
  readonly ttl?: Duration
  /** How long after that it may be served as stale while it is read again. */
  readonly grace?: Duration
  /** Tags of your own, beside those of what is read. */
  readonly tags?: readonly string[]
}

const contexts = new AsyncLocalStorage<CacheStrategy | 'off'>()

/** Caches all queries that `run` makes, raw ones too, with these options. Queries that say `cache: false` are not. */
export function withCache<R>(options: CacheStrategy, run: () => PromiseLike<R>): Promise<R> {
  // A Prisma promise begins when it is awaited: that must happen in here.
  return contexts.run(options, async () => await run())
}

/** Caches none of the queries that `run` makes, except those that say so themselves. */
export function noCache<R>(run: () => PromiseLike<R>): Promise<R> {
  return contexts.run('off', async () => await run())
}

/** What holds where it is called. */
export function currentContext(): CacheStrategy | 'off' | undefined {
  return contexts.getStore()
}
