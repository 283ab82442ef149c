import type { Clock } from '../contracts/clock.ts'
import { callListener } from './call-listener.ts'

/** Work that no caller waits for. It has an owner: its failures are reported, and `close()` waits for it. */
export class Background {
  readonly #running = new Set<Promise<unknown>>()
  readonly #onError: (error: unknown) => void
  readonly #waitUntil: ((work: Promise<unknown>) => void) | undefined

  constructor(onError: (error: unknown) => void, waitUntil?: (work: Promise<unknown>) => void) {
    this.#onError = onError
    this.#waitUntil = waitUntil
  }

  /** Takes charge of a promise, and tells the platform of it: by `waitUntil`, or else in the way of the manager. */
  own(work: Promise<unknown>, waitUntil: ((work: Promise<unknown>) => void) | undefined = this.#waitUntil): void {
    const settled: Promise<unknown> = work.then(undefined, this.#onError).then(() => void this.#running.delete(settled))
    this.#running.add(settled)
    if (waitUntil !== undefined) callListener(waitUntil, settled, this.#onError)
  }

  /** Reports a failure that no caller hears of. */
  report(error: unknown): void {
    this.#onError(error)
  }

  /** Resolves when all of it has ended, or after `deadlineMs` milliseconds. */
  async settle(clock: Clock, deadlineMs: number): Promise<void> {
    if (this.#running.size === 0) return
    await new Promise<void>((resolve) => {
      const timer = clock.after(deadlineMs, resolve)
      void Promise.all(this.#running).then(() => {
        timer.cancel()
        resolve()
      })
    })
  }
}
