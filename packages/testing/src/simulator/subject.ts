/**
 * How a simulated cache is used. `plain`: no tags. `named`: a tag known before the load. `late`: tags found in the value. `soft`: short `ttl` with
 * `grace`, so values go stale and are refreshed behind their readers. `versioned`: loads and writes give versions. `counter`: numbers that
 * are incremented, with the lifetimes of `soft`.
 */
export type CacheKind = 'plain' | 'named' | 'late' | 'soft' | 'versioned' | 'counter'

/** One key of one cache, and what the source has for it. */
export interface Subject {
  readonly cache: CacheKind
  readonly key: string
  /** Its name in journal records and in traces. */
  readonly name: string
  /** The key under which the store keeps it. */
  readonly storeKey: string
  /** The version in the source: an integer that only grows. */
  version: number
}

/** Namespace of all simulated nodes. */
export const NAMESPACE = 'sim'

/** A key that nothing has been committed to yet. */
export function makeSubject(cache: CacheKind, key: string): Subject {
  const name = `${cache}:${key}`
  return { cache, key, name, storeKey: `${NAMESPACE}:{${name}}`, version: 1 }
}

/** Whether values of the kind go stale soon, and are refreshed behind their readers. */
export function hasGrace(cache: CacheKind): boolean {
  return cache === 'soft' || cache === 'counter'
}

/** Tags that caches of the kind name before a load. */
export function namedTags(cache: CacheKind): readonly string[] {
  return cache === 'named' || cache === 'soft' ? ['t'] : []
}

/** Tags of a value of the kind, late ones included. Those of late values change with the version. */
export function tagsOf(cache: CacheKind, version: number): readonly string[] {
  if (cache !== 'late') return namedTags(cache)
  return version % 3 === 0 ? ['t', 'u'] : ['t']
}
