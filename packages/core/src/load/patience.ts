import type { Clock } from '../contracts/clock.ts'
import type { Random } from '../contracts/random.ts'
import { onAbort } from '../abort.ts'

/** First, largest and growth of the pauses between two looks at a key that is being loaded elsewhere; milliseconds. */
const PAUSE = { first: 4, most: 50, growth: 1.5 } as const

/** A bounded wait for a load that another process runs: pauses that grow, with jitter, until the time is up. */
export class Patience {
  readonly #clock: Clock
  readonly #random: Random
  readonly #until: number
  #pause: number = PAUSE.first

  constructor(clock: Clock, random: Random, waitMs: number) {
    this.#clock = clock
    this.#random = random
    this.#until = clock.monotonic() + waitMs
  }

  /** Pauses once, or less if `hurry` aborts; `false` when the time is up. */
  async wait(hurry?: AbortSignal): Promise<boolean> {
    const left = this.#until - this.#clock.monotonic()
    if (left <= 0 || hurry?.aborted === true) return false
    const pause = Math.min(left, this.#pause * (0.75 + this.#random.fraction() / 2))
    this.#pause = Math.min(PAUSE.most, this.#pause * PAUSE.growth)
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(pause, () => {
        stay?.()
        resolve()
      })
      const stay =
        hurry &&
        onAbort(hurry, () => {
          timer.cancel()
          resolve()
        })
    })
    return true
  }
}
