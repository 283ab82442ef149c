import { durationMs, systemClock } from '@larder/core'
import type { Clock, Duration } from '@larder/core'
import type { Executor } from '@larder/core/contracts'
import { OperationTimeoutError } from '../errors/operation-timeout-error.ts'
import { AbortSource } from './abort-source.ts'
import type { Execution } from './execution.ts'
import { checkTime } from './check-options.ts'
import { Policy } from './policy.ts'
import type { Work } from './policy.ts'

/** How late a timer may be, in milliseconds, without a sign that the process itself was too busy for it. */
const BUSY_MS = 20

/** Options of {@link timeout}. */
export interface TimeoutOptions {
  /** Default: the machine's. */
  readonly clock?: Clock
}

/**
 * Rejects with `OperationTimeoutError` what has not settled after `duration`, and aborts its signal. The caller is answered then even if the
 * work ignores the signal.
 * @throws TypeError for a duration that is not one, or has no end.
 */
export function timeout(duration: Duration, options: TimeoutOptions = {}): Executor {
  checkTime(options)
  return makeTimeout(duration, options.clock)
}

/** What {@link timeout} makes. */
export function makeTimeout(duration: Duration, clock: Clock = systemClock): Policy {
  const ms = durationMs(duration, 'timeout')
  if (ms === Infinity) throw new TypeError("timeout must end, got 'forever'")
  return new Timeout(ms, clock)
}

class Timeout extends Policy {
  readonly #ms: number
  readonly #clock: Clock

  constructor(ms: number, clock: Clock) {
    super()
    this.#ms = ms
    this.#clock = clock
  }

  override run<R>(work: Work<R>, execution: Execution): Promise<R> {
    const now = this.#clock.monotonic()
    const ms = Math.min(this.#ms, execution.deadlineAt - now)
    if (ms <= 0) return Promise.reject(late(0))
    return new Promise((resolve, reject) => {
      const source = new AbortSource()
      const giveUp = (reason: unknown): void => {
        timer.cancel()
        leave()
        reject(reason)
        source.abort(reason)
      }
      const inner = execution.with({ deadlineAt: now + ms, source })
      const timeUp = (): void => giveUp(inner.outOfTime(() => late(ms)))
      // A process that was busy finds its timers due before it has read the answers that wait in its sockets: it reads them first.
      let timer = this.#clock.after(ms, () => {
        if (this.#clock.monotonic() - now - ms < BUSY_MS) timeUp()
        else timer = this.#clock.after(0, timeUp)
      })
      const leave = execution.onAbort(giveUp)
      work(inner).then(
        (value) => {
          timer.cancel()
          leave()
          resolve(value)
        },
        (error: unknown) => {
          timer.cancel()
          leave()
          reject(error)
        },
      )
    })
  }
}

function late(ms: number): OperationTimeoutError {
  return new OperationTimeoutError(`the operation did not settle within ${Math.round(ms)} ms`)
}
