import { LRUCache } from 'lru-cache'
import type { Clock } from '../contracts/clock.ts'
import type { Frame, FrameHead } from '../contracts/frame.ts'
import { frameHead } from '../contracts/frame.ts'

/** A stored frame. */
export interface StoredEntry {
  /** Never written to after it was stored. */
  readonly frame: Frame
  /** `undefined` for bytes that are not a frame. */
  readonly head: FrameHead | undefined
  /** Monotonic ms. */
  readonly endsAt: number
}

/**
 * What an entry takes on the heap beside its frame and its key, in bytes: objects, map slots, buffer header. Measured,
 * rounded up.
 */
const OVERHEAD_BYTES = 400

/**
 * The frames of a {@link MemoryStore}, at most `maxEntries` of them and `maxBytes` bytes, the least recently used
 * evicted first. Expiry is kept here and found on access, by the injected clock: `lru-cache` would read the machine's.
 */
export class EntryTable {
  readonly #clock: Clock
  readonly #entries: LRUCache<string, StoredEntry>

  constructor(clock: Clock, bounds: { readonly maxEntries: number; readonly maxBytes: number }) {
    this.#clock = clock
    this.#entries = new LRUCache({
      max: bounds.maxEntries,
      maxSize: bounds.maxBytes,
      sizeCalculation: (entry, key) => OVERHEAD_BYTES + 2 * key.length + entry.frame.byteLength,
    })
  }

  get(key: string): StoredEntry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.endsAt > this.#clock.monotonic()) return entry
    this.#entries.delete(key)
    return undefined
  }

  /** Milliseconds until an entry that `get` answered just now ends. */
  remaining(entry: StoredEntry): number {
    return entry.endsAt - this.#clock.monotonic()
  }

  /**
   * Keeps `frame` itself: the caller hands it over and does not write to it again. An entry larger than `maxBytes` is
   * evicted at once.
   */
  put(key: string, frame: Frame, ttlMs: number): void {
    this.#entries.set(key, { frame, head: frameHead(frame), endsAt: this.#clock.monotonic() + ttlMs })
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }
}
