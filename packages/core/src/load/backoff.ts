import type { Clock } from '../contracts/clock.ts'

/** First and longest pause between two attempts to refresh one key that keeps failing, in milliseconds. */
const PAUSE = { first: 1_000, most: 60_000 } as const

/** Most keys remembered. */
const MOST_KEYS = 10_000

/** Keeps a failing refresh from being repeated on every read: each failure doubles the pause, a success ends it. */
export class Backoff {
  readonly #clock: Clock
  readonly #failing = new Map<string, { readonly times: number; readonly until: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether the key may be tried now. */
  ready(key: string): boolean {
    const failing = this.#failing.get(key)
    return failing === undefined || this.#clock.monotonic() >= failing.until
  }

  /** How often the key has failed in a row. */
  failures(key: string): number {
    return this.#failing.get(key)?.times ?? 0
  }

  failed(key: string): void {
    const before = this.#failing.get(key)
    const times = (before?.times ?? 0) + 1
    const pauseMs = Math.min(PAUSE.most, PAUSE.first * 2 ** (times - 1))
    this.#failing.delete(key)
    this.#failing.set(key, { times, until: this.#clock.monotonic() + pauseMs })
    if (this.#failing.size > MOST_KEYS) this.#failing.delete(this.#failing.keys().next().value as string)
  }

  succeeded(key: string): void {
    this.#failing.delete(key)
  }
}
