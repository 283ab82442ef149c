import { LRUCache } from 'lru-cache'
import type { Item } from './item.ts'
import type { L1 } from './l1.ts'

/** L1 that evicts the least recently used item, over `lru-cache`. Expiry is left to the reader, so it needs no clock. */
export class LruL1<T> implements L1<T> {
  readonly #items: LRUCache<string, Item<T>>

  constructor(bounds: { readonly maxEntries: number; readonly maxBytes: number }) {
    this.#items = new LRUCache({
      max: bounds.maxEntries,
      maxSize: bounds.maxBytes,
      sizeCalculation: (item) => item.bytes,
    })
  }

  get(key: string): Item<T> | undefined {
    return this.#items.get(key)
  }

  put(key: string, item: Item<T>): void {
    this.#items.set(key, item)
  }

  delete(key: string): void {
    this.#items.delete(key)
  }

  clear(): void {
    this.#items.clear()
  }

  get entries(): number {
    return this.#items.size
  }

  get bytes(): number {
    return this.#items.calculatedSize
  }
}
