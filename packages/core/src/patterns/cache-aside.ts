import type { CacheParts } from '../parts.ts'
import type { Policy } from '../policy/policy.ts'
import { policyOf } from '../policy/resolve-policy.ts'
import { encode, set } from '../write.ts'
import type { Writing, Written } from '../write.ts'

/** A value that a caller wants to be in the cache. */
export interface GivenValue<T, K> {
  readonly key: K
  /** The string that names the entry. */
  readonly name: string
  readonly value: T
  /** Tags found in the value. */
  readonly tags: readonly string[] | undefined
}

/**
 * Writes values that the caller has, with one message to the other nodes; of several for one key the last.
 * @throws TypeError for a value that cannot be cached; then none is written.
 */
export async function setMany<T, K>(
  parts: CacheParts<T>,
  given: readonly GivenValue<T, K>[],
  policy: Policy,
): Promise<Map<K, Written>> {
  const writings = new Map<string, Writing>()
  for (const { name, value, tags } of given) {
    if (value === undefined) throw new TypeError('undefined cannot be cached: use null, or delete the key')
    const own = policyOf(policy, { value, tags })
    writings.set(name, { payload: encode(value, own).payload, policy: own })
  }
  const written = await set(parts, writings, policy)
  return new Map(given.map(({ key, name }) => [key, written.get(name) as Written]))
}
