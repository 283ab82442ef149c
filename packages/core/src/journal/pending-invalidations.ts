import type { Clock, Timer } from '../contracts/clock.ts'
import { parseRecordItem } from '../key/cache-key.ts'

/** An invalidation in the terms of a journal record. */
export interface PendingInvalidation {
  readonly kind: 'keys' | 'tags' | 'cache'
  readonly items: readonly string[]
}

/** Most keys that wait one by one; beyond it their whole caches are cleared instead. */
const MOST_KEYS = 10_000

/**
 * Invalidations that wait for the backend (`onUnavailable: 'queue'`), each key, tag and cache once. They live in this process and are lost
 * with it. While there are any, L2 may have what they would remove, so this node trusts nothing it says.
 */
export class PendingInvalidations {
  readonly #clock: Clock
  readonly #retryMs: number
  readonly #carryOut: (invalidation: PendingInvalidation) => Promise<void>
  readonly #catchUp: () => Promise<void>
  readonly #onError: (error: unknown) => void
  readonly #waiting = { keys: new Set<string>(), tags: new Set<string>(), cache: new Set<string>() }
  #open = false
  #closed = false
  #timer: Timer | undefined
  #running: Promise<void> | undefined

  constructor(parts: {
    readonly clock: Clock
    /** Pause between two attempts, in milliseconds. */
    readonly retryMs: number
    /** Carries one out, or rejects. */
    readonly carryOut: (invalidation: PendingInvalidation) => Promise<void>
    /** Catches up with the journal, or rejects; L2 is trusted once it resolves. */
    readonly catchUp: () => Promise<void>
    readonly onError: (error: unknown) => void
  }) {
    this.#clock = parts.clock
    this.#retryMs = parts.retryMs
    this.#carryOut = parts.carryOut
    this.#catchUp = parts.catchUp
    this.#onError = parts.onError
  }

  /** Whether L2 must not be trusted now. */
  get open(): boolean {
    return this.#open
  }

  /** Keys, tags and caches that wait. */
  get size(): number {
    return this.#waiting.keys.size + this.#waiting.tags.size + this.#waiting.cache.size
  }

  add(invalidation: PendingInvalidation): void {
    this.#open = true
    this.#note(invalidation)
    this.#runLater()
  }

  /** Tries to carry all of them out. One attempt at a time; one that fails is repeated. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#attempt().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Makes a last attempt. What it leaves is lost, and reported. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#open) await this.run()
    this.#timer?.cancel()
  }

  async #attempt(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    try {
      for (const kind of ['keys', 'tags', 'cache'] as const) {
        await this.#carryOutAll(kind)
      }
      await this.#catchUp()
      this.#open = this.size > 0
    } catch (error) {
      this.#onError(error)
    }
    if (this.#open) this.#runLater()
  }

  /** Taken out first: what is invalidated again while this is under way waits again. */
  async #carryOutAll(kind: PendingInvalidation['kind']): Promise<void> {
    const items = [...this.#waiting[kind]]
    if (items.length === 0) return
    this.#waiting[kind].clear()
    try {
      await this.#carryOut({ kind, items })
    } catch (error) {
      this.#note({ kind, items })
      throw error
    }
  }

  #runLater(): void {
    if (this.#closed) return
    this.#timer ??= this.#clock.after(
      this.#retryMs,
      () => {
        // Cleared here too: an attempt that is still running does not begin by clearing it, and must be able to set the next one.
        this.#timer = undefined
        void this.run()
      },
      'background',
    )
  }

  #note({ kind, items }: PendingInvalidation): void {
    for (const item of items) this.#waiting[kind].add(item)
    const { keys, cache } = this.#waiting
    if (keys.size <= MOST_KEYS) return
    for (const item of keys) {
      const parsed = parseRecordItem(item)
      if (parsed !== undefined) cache.add(parsed.cache)
    }
    keys.clear()
  }
}
