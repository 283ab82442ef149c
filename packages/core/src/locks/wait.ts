import { onAbort } from '../abort.ts'
import type { Clock, Timer } from '../contracts/clock.ts'
import type { Alarm } from './alarm.ts'

/** What ends a {@link Wait}. */
export interface WaitEnds {
  readonly clock: Clock
  /** Longest wait in milliseconds; `undefined` or `Infinity` for no limit. */
  readonly waitMs?: number
  /** The error when the time is up. */
  readonly late: () => Error
  /** Signals that end it, with their reasons. */
  readonly signals: readonly (AbortSignal | undefined)[]
}

/** One caller's wait, with everything that can end it early. Must be ended. */
export class Wait {
  readonly #clock: Clock
  readonly #late: () => Error
  /** Monotonic ms. */
  readonly #dueAt: number
  readonly #controller = new AbortController()
  readonly #signals: readonly AbortSignal[]
  /** Each ends the listening to a signal. */
  readonly #stays: readonly (() => void)[]
  readonly #timer: Timer | undefined

  constructor({ clock, waitMs = Infinity, late, signals }: WaitEnds) {
    this.#clock = clock
    this.#late = late
    this.#dueAt = clock.monotonic() + waitMs
    this.#signals = signals.filter((signal) => signal !== undefined)
    this.#stays = this.#signals.map((signal) => onAbort(signal, () => this.#follow()))
    this.#follow()
    if (waitMs !== Infinity && !this.over) this.#timer = clock.after(waitMs, () => this.#expire())
  }

  /** Whether it has been ended by its limits. */
  get over(): boolean {
    // The timer may be late, or about to fire in this very turn.
    if (this.#clock.monotonic() >= this.#dueAt) this.#expire()
    return this.#controller.signal.aborted
  }

  /** @throws the reason for which the wait is over, if it is. */
  check(): void {
    if (this.over) throw this.#controller.signal.reason
  }

  /** Settles like `work`, or rejects as soon as the wait is over. The work itself goes on. */
  race<R>(work: Promise<R>): Promise<R> {
    const { signal } = this.#controller
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(signal.reason as Error)
      const stay = onAbort(signal, stop)
      void work.then(resolve, reject).finally(stay)
      if (signal.aborted) stop()
    })
  }

  /** Sleeps for `ms` milliseconds, or until the alarm; rejects as soon as the wait is over. */
  async pause(ms: number, alarm: Alarm): Promise<void> {
    let timer: Timer | undefined
    let forget = (): void => {}
    const slept = new Promise<void>((resolve) => {
      timer = this.#clock.after(ms, resolve)
      forget = alarm.sleep(resolve)
    })
    try {
      await this.race(slept)
    } finally {
      timer?.cancel()
      forget()
    }
  }

  /** Frees what it listens with. */
  end(): void {
    this.#timer?.cancel()
    for (const stay of this.#stays) stay()
  }

  #expire(): void {
    if (!this.#controller.signal.aborted) this.#controller.abort(this.#late())
  }

  #follow(): void {
    const aborted = this.#signals.find((signal) => signal.aborted)
    if (aborted !== undefined) this.#controller.abort(aborted.reason)
  }
}
