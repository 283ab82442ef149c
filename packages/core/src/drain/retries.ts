import type { Clock } from '../contracts/clock.ts'
import type { Random } from '../contracts/random.ts'
import type { WriteRef } from '../contracts/write-queue.ts'

/** Failed calls in a row after which the writer itself is taken to be in trouble, and not the write. */
const STRIKES = 3

/** When what failed is tried again, and whether the writer may be called at all. All times are monotonic ms. */
export class Retries {
  readonly #clock: Clock
  readonly #random: Random
  readonly #backoffMs: { readonly first: number; readonly most: number }
  readonly #aside = new Map<string, { readonly ref: WriteRef; readonly readyAt: number }>()
  #failures = 0
  #pausedUntil = -Infinity

  constructor(parts: {
    readonly clock: Clock
    readonly random: Random
    readonly backoffMs: { readonly first: number; readonly most: number }
  }) {
    this.#clock = parts.clock
    this.#random = parts.random
    this.#backoffMs = parts.backoffMs
  }

  /** Writes that wait for another attempt. */
  get size(): number {
    return this.#aside.size
  }

  /** Milliseconds until the writer may be called again: after failures in a row it is left alone for a while, whatever waits. */
  get pauseMs(): number {
    return Math.max(0, this.#pausedUntil - this.#clock.monotonic())
  }

  /** Puts a write aside, to be tried `attempts` failures later, or at once. */
  add(ref: WriteRef, attempts: number): void {
    const waitMs = attempts === 0 ? 0 : this.#backoff(attempts)
    this.#aside.set(ref.id, { ref, readyAt: this.#clock.monotonic() + waitMs })
  }

  /** The write that has waited longest for its turn, if one's time has come; it is aside no longer. */
  next(): WriteRef | undefined {
    const now = this.#clock.monotonic()
    for (const [id, { ref, readyAt }] of this.#aside) {
      if (readyAt > now) continue
      this.#aside.delete(id)
      return ref
    }
    return undefined
  }

  /** Milliseconds until the first of them is due; `undefined` if there is none. */
  get dueMs(): number | undefined {
    if (this.#aside.size === 0) return undefined
    const first = Math.min(...[...this.#aside.values()].map(({ readyAt }) => readyAt))
    return Math.max(0, first - this.#clock.monotonic())
  }

  /** A call of the writer failed as a whole. */
  failed(): void {
    this.#failures++
    if (this.#failures < STRIKES) return
    this.#pausedUntil = this.#clock.monotonic() + this.#backoff(this.#failures - STRIKES + 1)
  }

  /** A call of the writer wrote something. */
  succeeded(): void {
    this.#failures = 0
    this.#pausedUntil = -Infinity
  }

  /** Everything is due now, once. */
  hurry(): void {
    this.#pausedUntil = -Infinity
    const now = this.#clock.monotonic()
    for (const [id, { ref }] of this.#aside) this.#aside.set(id, { ref, readyAt: now })
  }

  clear(): void {
    this.#aside.clear()
  }

  #backoff(failures: number): number {
    const { first, most } = this.#backoffMs
    return Math.min(most, first * 2 ** Math.min(failures - 1, 40)) * (0.75 + this.#random.fraction() / 2)
  }
}
