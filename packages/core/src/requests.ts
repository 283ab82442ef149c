import type { KeyNames } from './key/key-names.ts'
import { loadOne } from './load/load-batch.ts'
import type { ReadRequest } from './parts.ts'
import type { CacheOptions, CallOptions } from './policy/cache-options.ts'
import type { Load, LoadContext } from './policy/loader.ts'
import type { Policy } from './policy/policy.ts'

/** Turns the calls of a cache's users into requests to read, with the loaders and tags that its options give. */
export class Requests<T, K> {
  readonly #cache: string
  readonly #options: CacheOptions<T, K>
  readonly #names: KeyNames<K>

  constructor(cache: string, how: { readonly options: CacheOptions<T, K>; readonly names: KeyNames<K> }) {
    this.#cache = cache
    this.#options = how.options
    this.#names = how.names
  }

  /** Whether the options say how to load. */
  get canLoad(): boolean {
    return this.#options.load !== undefined || this.#options.loadMany !== undefined
  }

  /** @throws InvalidKeyError for a key that cannot name an entry. */
  of(
    key: K,
    how: {
      readonly loader: Load<T, K> | undefined
      readonly policy: Policy
      readonly call?: Pick<CallOptions, 'signal' | 'waitUntil'> | undefined
    },
  ): ReadRequest<T> {
    const { load, loadMany } = this.#options
    const one = how.loader ?? load
    const call = (context: LoadContext<T>): ReturnType<ReadRequest<T>['call']> => {
      if (one !== undefined) return one(key, context)
      if (loadMany !== undefined) return loadOne(loadMany, key, context.signal)
      throw new TypeError(`the cache ${this.#cache} has no load option: give readThrough a loader`)
    }
    return {
      key: this.#names.of(key),
      policy: how.policy,
      call,
      lateTags: this.lateTags(key),
      signal: how.call?.signal,
      waitUntil: how.call?.waitUntil,
    }
  }

  /** The tags found in a key's value, if the options say how to find them. */
  lateTags(key: K): ((value: T) => readonly string[]) | undefined {
    const { tags } = this.#options
    return typeof tags === 'function' ? (value) => tags(value, key) : undefined
  }
}
