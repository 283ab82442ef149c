import { performance } from 'node:perf_hooks'
import type { Clock, Timer } from './contracts/clock.ts'

/** Longest delay that Node's timers hold without overflowing, in milliseconds. */
const LONGEST_DELAY = 2 ** 31 - 1

/** The machine's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs: number, callback: () => void, kind?: 'background'): Timer {
    let timeout: NodeJS.Timeout
    const arm = (remaining: number): void => {
      const step = Math.min(remaining, LONGEST_DELAY)
      timeout = setTimeout(() => (remaining > step ? arm(remaining - step) : callback()), step)
      if (kind === 'background') timeout.unref()
    }
    arm(delayMs)
    return { cancel: () => clearTimeout(timeout) }
  },
  endOfTurn(callback: () => void): void {
    // Not unref()ed: the event loop may wait for input before it runs an immediate that is.
    setImmediate(callback)
  },
}
