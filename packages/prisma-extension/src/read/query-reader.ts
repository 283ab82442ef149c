import { cached } from '@larder/core'
import type { Cache, CallOptions } from '@larder/core'
import type { Commits, Observer } from '@larder/query-tags'
import { packResult, unpackResult } from '../values/pack-result.ts'
import type { Caching } from './caching-of.ts'
import type { QueryPlan } from './read-planner.ts'
import { noteAnswer } from './with-info.ts'

/** A result as the cache keeps it: always an object, so that an absent row is something to keep. */
export interface Kept {
  readonly value: unknown
}

/** What a query's own run came to. */
type Ran = { readonly kind: 'result'; readonly result: unknown } | { readonly kind: 'error'; readonly error: unknown }

/** Waiting for a query that another process runs is worth about as much as running it. The database's own limits end a query that hangs. */
const TIMEOUTS = Object.freeze({ hard: 'forever' } as const)

/** Answers queries from the cache. */
export class QueryReader {
  readonly #cache: Cache<Kept>
  readonly #observer: Observer
  readonly #commits: Commits
  readonly #isPrivate: () => boolean

  constructor(how: {
    readonly cache: Cache<Kept>
    readonly observer: Observer
    readonly commits: Commits
    /** Whether what a query says may not be what everybody would read. */
    readonly isPrivate: () => boolean
  }) {
    this.#cache = how.cache
    this.#observer = how.observer
    this.#commits = how.commits
    this.#isPrivate = how.isPrivate
  }

  /** The result of a query: kept, or that of `run`. */
  async read(plan: QueryPlan, caching: Caching, run: () => Promise<unknown>): Promise<unknown> {
    const observer = this.#observer
    let ran: Ran | undefined
    const load = async (): Promise<unknown> => {
      let result: unknown
      try {
        const before = await this.#refusal(plan)
        result = await run()
        ran = { kind: 'result', result }
        const why = before ?? this.#privacy()
        if (why !== undefined) return this.#drop(plan, why)
      } catch (error) {
        ran = { kind: 'error', error }
        throw error
      }
      const packed = packResult(result)
      if (packed === undefined) return this.#drop(plan, 'its result holds more than data')
      return cached<Kept>(packed, { tags: plan.late(result) })
    }
    try {
      const kept = (await this.#cache.readThrough(
        plan.key,
        load as () => Promise<Kept>,
        callOptions(plan, caching),
      )) as Kept | undefined
      const kind = ran === undefined && kept !== undefined ? 'hit' : 'miss'
      observer.tell({ kind, key: plan.key })
      noteAnswer({ kind, key: plan.key })
      // Who ran the query gets what it gave, as without a cache.
      if (ran?.kind !== 'result' && kept !== undefined) return unpackResult(kept.value)
    } catch (error) {
      // What went wrong in the cache, or for another caller of the same query, is no reason to fail this one.
      observer.tell({ kind: 'miss', key: plan.key })
      noteAnswer({ kind: 'miss', key: plan.key })
      if (ran === undefined) observer.fail(error)
    }
    if (ran?.kind === 'error') throw ran.error
    return ran === undefined ? run() : (ran as { readonly result: unknown }).result
  }

  /** Why the answer of a query that begins now must not be kept. Asked after the marks of its tags were read. */
  async #refusal({ tags, lateTables }: QueryPlan): Promise<string | undefined> {
    const all = [...tags, ...lateTables]
    if (await this.#commits.isIntended(all)) return 'a change of its tables is about to be committed'
    if (await this.#commits.isLagging(all)) return 'a replica may not have a change of its tables yet'
    return this.#privacy()
  }

  #privacy(): string | undefined {
    return this.#isPrivate() ? 'a transaction was open on its connection' : undefined
  }

  #drop(plan: QueryPlan, why: string): undefined {
    this.#observer.tell({ kind: 'not-kept', key: plan.key, why })
    return undefined
  }
}

function callOptions(plan: QueryPlan, caching: Caching): CallOptions {
  const { ttl, grace, jitter } = caching
  const tags = [...plan.tags, ...(caching.tags ?? [])]
  return { ttl, jitter, tags, timeouts: TIMEOUTS, waitForLoad: '500ms', ...(grace === undefined ? {} : { grace }) }
}
