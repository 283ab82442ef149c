import type { Node } from './node.ts'
import { recordItem } from './key/cache-key.ts'
import type { CacheParts } from './parts.ts'
import { markTtlMs } from './policy/policy.ts'
import type { Policy } from './policy/policy.ts'
import { announceKeys, orQueue, settleAll } from './write.ts'

/** What happens to the entries of invalidated keys: they go, or stay as stale values within their grace. */
export type Removal = 'delete' | 'expire'

/**
 * Invalidates keys: local drop, value slots, journal, local drop again. Answers how many of them had an entry.
 * @throws CacheError if a part failed: the outcome is then unknown, and repeating the call is safe.
 */
export async function invalidateKeys<T>(
  parts: CacheParts<T>,
  keys: readonly string[],
  how: { readonly removal: Removal; readonly policy: Policy },
): Promise<number> {
  const { policy } = how
  const forget = (): void => keys.forEach((key) => parts.near.forget(key))
  forget()
  try {
    const existed = await orQueue(parts.node, policy, {
      attempt: () => dropAndAnnounce(parts, keys, how),
      invalidation: { kind: 'keys', items: keys.map((key) => recordItem(parts.name, key)) },
      queued: 0,
    })
    parts.observer.invalidated(keys)
    return existed
  } finally {
    // A read that began while the calls above were under way may have brought the old value back.
    forget()
  }
}

async function dropAndAnnounce<T>(
  parts: CacheParts<T>,
  keys: readonly string[],
  how: { readonly removal: Removal; readonly policy: Policy },
): Promise<number> {
  const { removal, policy } = how
  const request =
    removal === 'delete' ? ({ mode: 'delete' } as const) : ({ mode: 'expire', graceMs: policy.graceMs } as const)
  const dropped = await settleAll(keys.map((key) => parts.far.drop(key, request, policy.storeTimeoutMs)))
  await announceKeys(parts, keys, policy)
  return dropped.filter((drop) => drop.kind === 'dropped' && drop.existed).length
}

/** Invalidates everything that carries one of the tags, whichever cache it is in. */
export async function invalidateTags(node: Node, tags: readonly string[], policy: Policy): Promise<void> {
  try {
    await orQueue(node, policy, {
      attempt: () => node.append({ kind: 'tags', items: tags, markTtlMs: markTtlMs(policy) }, policy.storeTimeoutMs),
      invalidation: { kind: 'tags', items: tags },
      queued: undefined,
    })
  } finally {
    node.forgetTags(tags)
  }
}

/** Invalidates every entry of a cache. Their space in L2 is reclaimed as they expire. */
export async function clear<T>(parts: CacheParts<T>, policy: Policy): Promise<void> {
  try {
    const items = [parts.name]
    await orQueue(parts.node, policy, {
      attempt: () => parts.node.append({ kind: 'cache', items, markTtlMs: markTtlMs(policy) }, policy.storeTimeoutMs),
      invalidation: { kind: 'cache', items },
      queued: undefined,
    })
    parts.observer.cleared()
  } finally {
    parts.node.forgetCache(parts.name)
  }
}
