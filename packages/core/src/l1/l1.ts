import type { Item } from './item.ts'

/** This process' own memory of one cache: bounded, synchronous, never throws. */
export interface L1<T> {
  /** The item, counted as used. It may have expired, or been overtaken by an invalidation: the caller judges. */
  get(key: string): Item<T> | undefined
  /** Keeps an item, evicting others as needed; one that is larger than the whole bound is not kept. */
  put(key: string, item: Item<T>): void
  delete(key: string): void
  clear(): void
  /** Entries kept now. */
  readonly entries: number
  /** Bytes kept now. */
  readonly bytes: number
}
