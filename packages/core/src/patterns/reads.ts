import { hand } from '../entry/handout.ts'
import type { Outcome } from '../observe/outcome.ts'
import type { CacheParts } from '../parts.ts'
import type { CallOptions } from '../policy/cache-options.ts'
import type { Policy } from '../policy/policy.ts'
import { look, refreshIfDue, report, serveStale } from '../read.ts'
import type { Requests } from '../requests.ts'
import type { Behind } from './behind.ts'

/** How one call is to be treated. */
interface How {
  readonly policy: Policy
  readonly call: CallOptions | undefined
}

/** The reads of one cache that look without loading: in the cache, and at what is written behind. */
export class Reads<T, K> {
  readonly #parts: CacheParts<T>
  readonly #requests: Requests<T, K>
  readonly #behind: Behind<T, K>

  constructor(parts: CacheParts<T>, how: { readonly requests: Requests<T, K>; readonly behind: Behind<T, K> }) {
    this.#parts = parts
    this.#requests = how.requests
    this.#behind = how.behind
  }

  /** What there is for one key; a stale value is refreshed behind the answer if the cache knows how to load. */
  async look(key: K, name: string, how: How): Promise<Outcome<T>> {
    const [outcome] = (await this.#lookAll([name], how)) as [Outcome<T>]
    if (outcome.kind !== 'value' || !this.#requests.canLoad) return outcome
    const request = this.#requests.of(key, { loader: undefined, ...how })
    if (outcome.state === 'stale') return serveStale(this.#parts, request, outcome)
    refreshIfDue(this.#parts, request, outcome.entry)
    return outcome
  }

  /** What there is for several keys, from one request to the store. */
  async lookMany(named: ReadonlyMap<string, K>, how: How): Promise<Map<K, T>> {
    return collectValues(named, await this.#lookAll([...named.keys()], how))
  }

  /** A value that is written behind is an answer where the cache itself has none: who asks the source would get an older one. */
  async #lookAll(names: readonly string[], { policy, call }: How): Promise<readonly Outcome<T>[]> {
    const outcomes = await Promise.all(look(this.#parts, { policy, signal: call?.signal }, names))
    const missing = names.flatMap((name, i) => (outcomes[i]?.kind === 'absent' ? [{ name, i }] : []))
    const pending = await this.#behind.pending(
      missing.map(({ name }) => name),
      policy,
    )
    pending.forEach((outcome, at) => {
      const { i } = missing[at] as { readonly i: number }
      if (outcome !== undefined) outcomes[i] = outcome
    })
    names.forEach((name, i) => report(this.#parts, name, outcomes[i] as Outcome<T>))
    return outcomes
  }
}

/** The values of those keys that have one, in the order of the keys. */
export function collectValues<T, K>(named: ReadonlyMap<string, K>, outcomes: readonly Outcome<T>[]): Map<K, T> {
  const found = new Map<K, T>()
  let index = 0
  for (const key of named.values()) {
    const outcome = outcomes[index++]
    if (outcome?.kind === 'value') found.set(key, hand(outcome.handout))
  }
  return found
}
