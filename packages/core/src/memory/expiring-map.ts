import type { Clock } from '../contracts/clock.ts'

interface Slot<Value> {
  readonly value: Value
  /** Monotonic ms. */
  readonly endsAt: number
}

/** Entries looked at by each `set`. With two, a pass over the map ends although the map grows meanwhile. */
const SWEPT_PER_SET = 2

/**
 * A map whose values end after a time of their own. It needs no timer: a value whose time is over is not answered, and
 * every `set` looks at two more entries and removes those that ended. Above `maxSize` the entry that was set longest
 * ago gives way.
 */
export class ExpiringMap<Value> {
  readonly #clock: Clock
  readonly #maxSize: number
  readonly #slots = new Map<string, Slot<Value>>()
  #sweep: IterableIterator<[string, Slot<Value>]> = this.#slots.entries()

  constructor(clock: Clock, maxSize: number) {
    this.#clock = clock
    this.#maxSize = maxSize
  }

  /** Entries held, those included whose time is over and that were not come across since. */
  get size(): number {
    return this.#slots.size
  }

  get(key: string): Value | undefined {
    return this.#slot(key)?.value
  }

  /** Milliseconds until the value ends; 0 if there is none. */
  remaining(key: string): number {
    const slot = this.#slot(key)
    return slot === undefined ? 0 : slot.endsAt - this.#clock.monotonic()
  }

  /** Sets the value for `ttlMs` milliseconds, which may be `Infinity`. */
  set(key: string, value: Value, ttlMs: number): void {
    // Moves the key to the end, so that insertion order is the order of the last `set`.
    this.#slots.delete(key)
    this.#slots.set(key, { value, endsAt: this.#clock.monotonic() + ttlMs })
    this.#sweepSome()
    if (this.#slots.size > this.#maxSize) this.#slots.delete(this.#slots.keys().next().value as string)
  }

  delete(key: string): void {
    this.#slots.delete(key)
  }

  clear(): void {
    this.#slots.clear()
  }

  #slot(key: string): Slot<Value> | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined || slot.endsAt > this.#clock.monotonic()) return slot
    this.#slots.delete(key)
    return undefined
  }

  #sweepSome(): void {
    const now = this.#clock.monotonic()
    for (let i = 0; i < SWEPT_PER_SET; i++) {
      const next = this.#sweep.next()
      if (next.done === true) {
        // An iterator that ended stays ended, whatever is added later.
        this.#sweep = this.#slots.entries()
        return
      }
      const [key, slot] = next.value
      if (slot.endsAt <= now) this.#slots.delete(key)
    }
  }
}
