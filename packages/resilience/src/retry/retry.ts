import { durationMs, systemClock, systemRandom } from '@larder/core'
import type { Clock, Duration, Random } from '@larder/core'
import type { Executor } from '@larder/core/contracts'
import { isFailure } from '../is-failure.ts'
import { checkFunction, checkNumber, checkOptions, checkTime } from '../policy/check-options.ts'
import type { Execution } from '../policy/execution.ts'
import { Policy } from '../policy/policy.ts'
import type { Work } from '../policy/policy.ts'
import { RetryBudget } from './retry-budget.ts'

/** Options of {@link retry}. */
export interface RetryOptions {
  /** Most attempts, the first one included; 1 or more. Default 3. */
  readonly attempts?: number
  /** Longest pause before the second attempt; it doubles with each one. Default `'50ms'`. */
  readonly pause?: Duration
  /** Longest pause at all. Default `'2s'`. */
  readonly longestPause?: Duration
  /** Time for all attempts and pauses together. Nothing begins after it, and no pause that would end after it. Default `'forever'`. */
  readonly within?: Duration
  /** Retries that calls may cause together: `share` of a retry for each first attempt, after a stock of `burst`. Default 0.1 and 10. */
  readonly budget?: { readonly share?: number; readonly burst?: number }
  /** Which errors are worth another attempt. Default: those that a circuit breaker would count. */
  readonly when?: (error: unknown) => boolean
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Default: the machine's. */
  readonly random?: Random
}

/**
 * Repeats what failed, after a pause drawn from 0 to an exponentially growing limit ("full jitter"). Only for work that may safely be done
 * twice: an attempt that failed may still take effect. Rejects with the error of the last attempt.
 * @throws TypeError naming the option, for one that is out of its range.
 */
export function retry(options: RetryOptions = {}): Executor {
  return new Retry(options)
}

/** The policy that {@link retry} makes. */
export class Retry extends Policy {
  readonly #attempts: number
  readonly #pauseMs: number
  readonly #longestPauseMs: number
  readonly #withinMs: number
  readonly #budget: RetryBudget
  readonly #when: (error: unknown) => boolean
  readonly #clock: Clock
  readonly #random: Random

  constructor(options: RetryOptions) {
    super()
    checkTime(options)
    checkFunction(options.when, 'when')
    const { budget = {} } = options
    checkOptions(budget, 'budget')
    this.#attempts = checkNumber(options.attempts ?? 3, 'attempts', { least: 1 })
    this.#pauseMs = durationMs(options.pause ?? '50ms', 'pause')
    this.#longestPauseMs = durationMs(options.longestPause ?? '2s', 'longestPause')
    this.#withinMs = durationMs(options.within ?? 'forever', 'within')
    this.#budget = new RetryBudget(
      checkNumber(budget.share ?? 0.1, 'budget.share', { least: 0, most: 1, fraction: true }),
      checkNumber(budget.burst ?? 10, 'budget.burst', { least: 0 }),
    )
    this.#when = options.when ?? isFailure
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? systemRandom
  }

  override run<R>(work: Work<R>, execution: Execution): Promise<R> {
    this.#budget.earn()
    const deadlineAt = Math.min(execution.deadlineAt, this.#clock.monotonic() + this.#withinMs)
    const first = execution.with({ deadlineAt })
    return work(first).catch((error: unknown) => this.#again(work, first, error))
  }

  /** Attempts that follow one that failed. */
  async #again<R>(work: Work<R>, failed: Execution, error: unknown): Promise<R> {
    const { attempt, deadlineAt } = failed
    if (attempt >= this.#attempts || failed.abort !== undefined || !this.#when(error)) throw error
    const longest = Math.min(this.#longestPauseMs, this.#pauseMs * 2 ** (attempt - 1))
    const pauseMs = longest * this.#random.fraction()
    if (this.#clock.monotonic() + pauseMs >= deadlineAt || !this.#budget.spend()) throw error
    if (!(await this.#pause(pauseMs, failed))) throw error
    const next = failed.with({ attempt: attempt + 1 })
    return work(next).catch((later: unknown) => this.#again(work, next, later))
  }

  /** Waits; `false` if the call was aborted meanwhile. */
  #pause(ms: number, execution: Execution): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(ms, () => {
        leave()
        resolve(true)
      })
      const leave = execution.onAbort(() => {
        timer.cancel()
        resolve(false)
      })
    })
  }
}
