import type { Clock } from '../contracts/clock.ts'

/** Work that no caller waits for. It has an owner: its failures are reported, and `close()` waits for it. */
export class Background {
  readonly #running = new Set<Promise<unknown>>()
  readonly #onError: (error: unknown) => void

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  /** Takes charge of a promise. */
  own(work: Promise<unknown>): void {
    const settled = work.catch(this.#onError).finally(() => this.#running.delete(settled))
    this.#running.add(settled)
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
