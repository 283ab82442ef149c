import { Fifo } from './fifo.ts'
import type { Place } from './fifo.ts'
import { Ghosts } from './ghosts.ts'
import type { Item } from './item.ts'
import type { L1 } from './l1.ts'

/** Share of the bounds that newcomers have for themselves. */
const PROBATION = 0.1

/** Keys remembered after they left, for each item held. */
const GHOSTS_PER_ITEM = 1.5

/** Hits that count at most: an item goes round the main queue so many times without being asked for again. */
const MOST_HITS = 3

/**
 * L1 that keeps what is asked for again, by S3-FIFO: newcomers wait in a small queue, and only those that are hit there, or come back soon after
 * they left, enter the main one. What is read once passes through without displacing what is read often.
 * Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction", SOSP 2023; with one hit for promotion instead of two.
 */
export class S3FifoL1<T> implements L1<T> {
  readonly #places = new Map<string, Place<T>>()
  readonly #probation = new Fifo<T>()
  readonly #main = new Fifo<T>()
  readonly #maxEntries: number
  readonly #maxBytes: number
  readonly #monotonic: () => number
  #ghosts: Ghosts | undefined
  /** Items for which the ghosts were sized. */
  #sizedFor = 0

  constructor(bounds: { readonly maxEntries: number; readonly maxBytes: number; readonly monotonic: () => number }) {
    this.#maxEntries = bounds.maxEntries
    this.#maxBytes = bounds.maxBytes
    this.#monotonic = bounds.monotonic
  }

  get(key: string): Item<T> | undefined {
    const place = this.#places.get(key)
    if (place === undefined) return undefined
    if (place.hits < MOST_HITS) place.hits++
    return place.item
  }

  put(key: string, item: Item<T>): void {
    const place = this.#places.get(key)
    if (item.bytes > this.#maxBytes) {
      if (place !== undefined) this.#drop(place)
      return
    }
    if (place === undefined) this.#enter(key, item)
    else {
      place.queue.bytes += item.bytes - place.item.bytes
      place.item = item
    }
    while (this.#places.size > this.#maxEntries || this.bytes > this.#maxBytes) this.#evict()
  }

  delete(key: string): void {
    const place = this.#places.get(key)
    if (place !== undefined) this.#drop(place)
  }

  clear(): void {
    this.#places.clear()
    this.#probation.clear()
    this.#main.clear()
    this.#ghosts = undefined
  }

  get entries(): number {
    return this.#places.size
  }

  get bytes(): number {
    return this.#probation.bytes + this.#main.bytes
  }

  #enter(key: string, item: Item<T>): void {
    const queue = this.#ghosts?.has(key) === true ? this.#main : this.#probation
    const place: Place<T> = { key, item, hits: 0, queue, newer: undefined, older: undefined }
    this.#places.set(key, place)
    queue.push(place)
  }

  /** Moves items on until one has left. */
  #evict(): void {
    const before = this.#places.size
    while (this.#places.size === before) {
      const crowded =
        this.#probation.size > this.#maxEntries * PROBATION || this.#probation.bytes > this.#maxBytes * PROBATION
      const queue = crowded || this.#main.size === 0 ? this.#probation : this.#main
      this.#advance(queue.oldest as Place<T>)
    }
  }

  /** The oldest of its queue goes round again, is promoted, or leaves. */
  #advance(place: Place<T>): void {
    const { hits, queue } = place
    const expired = place.item.hardAt <= this.#monotonic()
    if (hits === 0 || expired) {
      if (queue === this.#probation && !expired) this.#remember(place.key)
      return this.#drop(place)
    }
    queue.remove(place)
    this.#main.push(place)
    if (queue === this.#main) place.hits = hits - 1
  }

  #remember(key: string): void {
    if (this.#ghosts === undefined || this.#places.size > 2 * this.#sizedFor) {
      this.#sizedFor = this.#places.size
      this.#ghosts = new Ghosts(Math.ceil(this.#sizedFor * GHOSTS_PER_ITEM))
    }
    this.#ghosts.add(key)
  }

  #drop(place: Place<T>): void {
    this.#places.delete(place.key)
    place.queue.remove(place)
  }
}
