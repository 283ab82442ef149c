import { TTLCache } from '@isaacs/ttlcache'
import type { Item } from './item.ts'
import type { L1 } from './l1.ts'

/** Longest time to live given to the engine, in milliseconds: it must be finite (an immortal key at `max` makes 2.1 loop for ever). */
const LONGEST_TTL = 30 * 86_400_000

/** Share of the byte bound that an eviction leaves, so that it is not repeated on every put: finding the next to expire is a scan. */
const LEFT_AFTER_EVICTION = 0.95

/** Milliseconds over which equal expiries are spread: overwriting costs as much as there are keys in the same millisecond. */
const SPREAD_MS = 1024

/** L1 that evicts the item next to expire, over `@isaacs/ttlcache`. Freshness is judged by the item's own times, not by the engine's. */
export class TtlL1<T> implements L1<T> {
  readonly #items: TTLCache<string, Item<T>>
  readonly #monotonic: () => number
  readonly #maxBytes: number
  #bytes = 0
  #puts = 0

  constructor(bounds: { readonly maxEntries: number; readonly maxBytes: number; readonly monotonic: () => number }) {
    this.#monotonic = bounds.monotonic
    this.#maxBytes = bounds.maxBytes
    this.#items = new TTLCache({
      max: bounds.maxEntries,
      checkAgeOnGet: true,
      dispose: (item) => {
        this.#bytes -= item.bytes
      },
    })
  }

  get(key: string): Item<T> | undefined {
    return this.#items.get(key)
  }

  put(key: string, item: Item<T>): void {
    this.#items.delete(key)
    if (item.bytes > this.#maxBytes) return
    if (this.#bytes + item.bytes > this.#maxBytes) this.#evict(this.#maxBytes * LEFT_AFTER_EVICTION - item.bytes)
    const left = Math.min(LONGEST_TTL, Math.max(1, Math.ceil(item.hardAt - this.#monotonic())))
    this.#bytes += item.bytes
    this.#items.set(key, item, { ttl: left + (this.#puts++ % SPREAD_MS) })
  }

  delete(key: string): void {
    this.#items.delete(key)
  }

  clear(): void {
    this.#items.clear()
    this.#bytes = 0
  }

  get entries(): number {
    return this.#items.size
  }

  get bytes(): number {
    return this.#bytes
  }

  #evict(downTo: number): void {
    const leaving: string[] = []
    let bytes = this.#bytes
    for (const [key, item] of this.#items.entries()) {
      if (bytes <= downTo) break
      leaving.push(key)
      bytes -= item.bytes
    }
    for (const key of leaving) this.#items.delete(key)
  }
}
