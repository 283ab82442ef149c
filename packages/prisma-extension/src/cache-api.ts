import { coarseTags, databaseTag, writeTags } from '@larder/query-tags'
import type { Change, QueryStats } from '@larder/query-tags'
import type { CachedClient } from './cached-client.ts'
import { whereBranches } from './read/where-branches.ts'
import { withInfo } from './read/with-info.ts'
import type { AnswerInfo } from './read/with-info.ts'
import { cachingOf } from './read/caching-of.ts'
import { isRecord } from './values/is-record.ts'

/** What the cache knows of a query. */
export type Explanation =
  | {
      readonly cached: true
      readonly key: string
      readonly ttl: string | number
      /** The tags that it carries before its result is known. */
      readonly tags: readonly string[]
      /** The models whose rows it finds out by its result: one tag for each. */
      readonly late: readonly string[]
      /** Why a dependency is coarser than it might be. */
      readonly notes: readonly string[]
    }
  | { readonly cached: false; readonly why: string }

/** What a cached client has as `$cache`. */
export interface CacheApi {
  /** Invalidates what was read of the rows that `where` pins, or of a whole model: after changes that nobody here can see. */
  invalidate(model: string, where?: unknown): Promise<void>
  /** Invalidates everything that carries one of your own tags. */
  invalidateTags(tags: readonly string[]): Promise<void>
  /** Invalidates everything read from this database. */
  invalidateAll(): Promise<void>
  /** Tells key and dependencies of a query, and why it is coarse or not cached, without running it. */
  explain(model: string, operation: string, args?: unknown): Explanation
  /** Runs `work`; tells beside its result where the answers of its cached queries came from. */
  withInfo<R>(work: () => PromiseLike<R>): Promise<{ readonly data: R; readonly info: readonly AnswerInfo[] }>
  /** What happened so far. */
  stats(): QueryStats
}

/** Makes the `$cache` of a client. */
export function createCacheApi(client: CachedClient): CacheApi {
  const { map, options, observer } = client
  const manager = options.cache
  return {
    async invalidate(name, where) {
      const model = map.model(name)
      const table = map.table(model)
      const [key] = model.keys
      const named =
        isRecord(where) || where === undefined ? where : key?.length === 1 ? { [key[0] as string]: where } : where
      if (named !== undefined && !isRecord(named))
        throw new TypeError(`where must name the fields that pin rows of ${model.name}`)
      if (table === undefined || named === undefined || !map.complete) {
        const tables = map.tables(model) ?? []
        return manager.invalidateTags(...new Set(tables.flatMap((one) => [...coarseTags(map.catalog, one)])))
      }
      const changes = whereBranches(map, model, named).map((rows): Change => ({
        table,
        before: rows,
        after: rows,
        sets: new Set(),
      }))
      return manager.invalidateTags(...writeTags(map.catalog, changes))
    },
    invalidateTags: (tags) => manager.invalidateTags(...tags),
    invalidateAll: () => manager.invalidateTags(databaseTag(map.catalog.database)),
    explain: (model, operation, args) => explain(client, { model, operation, args }),
    withInfo,
    stats: () => observer.stats,
  }
}

function explain(
  client: CachedClient,
  { model, operation, args }: { readonly model: string; readonly operation: string; readonly args: unknown },
): Explanation {
  const { cache: own, ...rest } = isRecord(args) ? args : {}
  const { name } = client.map.model(model)
  const caching = cachingOf(name, own, client.options)
  if (caching === undefined)
    return { cached: false, why: 'nobody asked for it: use cache: true, withCache, or the mode opt-out' }
  const planned = client.planner.plan({
    model: name,
    name: operation,
    args: rest,
    dataPath: [],
    omitted: client.omitted,
  })
  if (planned.kind === 'bypass') return { cached: false, why: planned.why }
  const { key, tags, found, notes } = planned.plan
  return { cached: true, key, ttl: caching.ttl, tags: [...tags, ...(caching.tags ?? [])], late: found, notes }
}
