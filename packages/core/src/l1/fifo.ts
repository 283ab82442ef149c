import type { Item } from './item.ts'

/** An item in one of the queues of {@link S3FifoL1}. */
export interface Place<T> {
  readonly key: string
  item: Item<T>
  /** Hits since it came into its queue, 0 to 3. */
  hits: number
  queue: Fifo<T>
  newer: Place<T> | undefined
  older: Place<T> | undefined
}

/** A queue in the order in which places came; one may leave from anywhere. */
export class Fifo<T> {
  size = 0
  bytes = 0
  #newest: Place<T> | undefined
  #oldest: Place<T> | undefined

  /** The place that came first. */
  get oldest(): Place<T> | undefined {
    return this.#oldest
  }

  push(place: Place<T>): void {
    place.queue = this
    place.hits = 0
    place.older = this.#newest
    if (this.#newest === undefined) this.#oldest = place
    else this.#newest.newer = place
    this.#newest = place
    this.size++
    this.bytes += place.item.bytes
  }

  remove(place: Place<T>): void {
    const { newer, older } = place
    if (newer === undefined) this.#newest = older
    else newer.older = older
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    // Neighbours of an old, dead place would outlive every minor garbage collection.
    place.newer = place.older = undefined
    this.size--
    this.bytes -= place.item.bytes
  }

  clear(): void {
    this.size = this.bytes = 0
    this.#newest = this.#oldest = undefined
  }
}
