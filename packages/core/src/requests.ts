import type { KeyNames } from './key/key-names.ts'
import { LoadBatch, loadOne } from './load/load-batch.ts'
import type { ReadRequest } from './parts.ts'
import type { CacheOptions, CallOptions } from './policy/cache-options.ts'
import type { Load, LoadContext, LoadMany } from './policy/loader.ts'
import type { Policy } from './policy/policy.ts'

/** Turns the calls of a cache's users into requests to read, with the loaders and tags that its options give. */
export class Requests<T, K> {
  readonly #cache: string
  readonly #options: CacheOptions<T, K>
  readonly #names: KeyNames<K>
  readonly #report: (error: unknown) => void

  constructor(
    cache: string,
    how: {
      readonly options: CacheOptions<T, K>
      readonly names: KeyNames<K>
      /** Told of failures that no caller hears of. */
      readonly report: (error: unknown) => void
    },
  ) {
    this.#cache = cache
    this.#options = how.options
    this.#names = how.names
    this.#report = how.report
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
      if (loadMany !== undefined) return loadOne(loadMany, key, { signal: context.signal, report: this.#report })
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

  /** The same for several keys, by their names, loaded in one go if there is a loader of several: `loader` or the option. */
  many(
    named: ReadonlyMap<string, K>,
    how: {
      readonly loader: LoadMany<T, K> | undefined
      readonly policy: Policy
      readonly call: CallOptions | undefined
    },
  ): readonly ReadRequest<T>[] {
    const { policy, call } = how
    const loadMany = how.loader ?? this.#options.loadMany
    const batch = loadMany === undefined ? undefined : new LoadBatch(loadMany, this.#report)
    for (const name of named.keys()) batch?.expect(name)
    return [...named].map(([name, key]) => {
      const single = this.of(key, { loader: undefined, policy, call })
      if (batch === undefined) return single
      return { ...single, pass: () => batch.pass(name), call: ({ signal }) => batch.load(name, key, signal) }
    })
  }

  /** The tags found in a key's value, if the options say how to find them. */
  lateTags(key: K): ((value: T) => readonly string[]) | undefined {
    const { tags } = this.#options
    return typeof tags === 'function' ? (value) => tags(value, key) : undefined
  }
}
