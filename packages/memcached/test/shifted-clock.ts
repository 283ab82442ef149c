import { systemClock } from '@larder/core'
import type { Clock } from '@larder/core/contracts'

/** The machine's clock, whose wall time a test puts forward. */
export class ShiftedClock implements Clock {
  #shift = 0

  now(): number {
    return systemClock.now() + this.#shift
  }

  monotonic(): number {
    return systemClock.monotonic()
  }

  after(delayMs: number, callback: () => void, kind?: 'background'): { cancel(): void } {
    return systemClock.after(delayMs, callback, kind)
  }

  forward(ms: number): void {
    this.#shift += ms
  }
}
