import { checkKey } from './cache-key.ts'
import { plainKey } from './plain-key.ts'

/** The strings that name a cache's entries, from the keys of its callers. */
export class KeyNames<K> {
  readonly #cache: string
  readonly #key: ((key: K) => string) | undefined
  readonly #hide: ((name: string) => string) | undefined
  readonly #check: (name: string) => void

  /** `hide` gives the names under which others see the entries; `check` throws for names that the backend cannot hold. */
  constructor(
    cache: string,
    how: {
      readonly key: ((key: K) => string) | undefined
      readonly hide?: ((name: string) => string) | undefined
      readonly check: (name: string) => void
    },
  ) {
    this.#cache = cache
    this.#key = how.key
    this.#hide = how.hide
    this.#check = how.check
  }

  /** @throws InvalidKeyError for a key that cannot name an entry. */
  of(key: K): string {
    const name: unknown = this.#key === undefined ? plainKey(key) : this.#key(key)
    checkKey(name, this.#cache)
    const hidden = this.#hide === undefined ? name : this.#hide(name)
    this.#check(hidden)
    return hidden
  }

  /** The same, without the checks where there is nothing to convert: good enough to look for what was checked when it was stored. */
  quick(key: K): string {
    if (typeof key !== 'string' || this.#key !== undefined) return this.of(key)
    return this.#hide === undefined ? key : this.#hide(key)
  }

  /** Keys by their names, each once, in the order in which they first came. */
  distinct(keys: Iterable<K>): Map<string, K> {
    const named = new Map<string, K>()
    for (const key of keys) {
      const name = this.of(key)
      if (!named.has(name)) named.set(name, key)
    }
    return named
  }
}
