import { durationMs, systemClock } from '@larder/core'
import type { Clock, Duration } from '@larder/core'
import type { Executor } from '@larder/core/contracts'
import { RateLimitedError } from '../errors/rate-limited-error.ts'
import { checkNumber, checkTime } from '../policy/check-options.ts'
import type { Execution } from '../policy/execution.ts'
import { Policy } from '../policy/policy.ts'
import type { Work } from '../policy/policy.ts'
import { BottleneckReservoir } from './bottleneck-reservoir.ts'
import { WaitingLine } from './waiting-line.ts'

/** Options of {@link rateLimit}. */
export interface RateLimitOptions {
  /** Calls that may begin in each `per`, and at once after a quiet time; 1 or more. */
  readonly limit: number
  /** Default `'1s'`. */
  readonly per?: Duration
  /** Calls that may wait for their turn, those on their way through included; 1 or more. Default 1,000. */
  readonly queue?: number
  /** Default: the machine's. */
  readonly clock?: Clock
}

/**
 * Bounds how many calls begin in a time; the others wait, first come, first served, and beyond `queue` are rejected with
 * `RateLimitedError`. Each call passes bottleneck, which takes some milliseconds: for calls to a source, not for hits.
 * @throws TypeError naming the option, for one that is out of its range.
 */
export function rateLimit(options: RateLimitOptions): Executor {
  return new RateLimit(options)
}

/** The policy that {@link rateLimit} makes. */
export class RateLimit extends Policy {
  readonly #limit: number
  readonly #perMs: number
  readonly #longestLine: number
  readonly #clock: Clock
  readonly #line = new WaitingLine()
  #reservoir: BottleneckReservoir
  /** Up to here time has been turned into calls. */
  #refilledAt: number
  #serving = false
  #stopWaiting: () => void = () => {}

  constructor(options: RateLimitOptions) {
    super()
    checkTime(options)
    this.#limit = checkNumber(options.limit, 'limit', { least: 1 })
    this.#perMs = durationMs(options.per ?? '1s', 'per')
    if (this.#perMs === Infinity) throw new TypeError("per must end, got 'forever'")
    this.#longestLine = checkNumber(options.queue ?? 1_000, 'queue', { least: 1 })
    this.#clock = options.clock ?? systemClock
    this.#reservoir = new BottleneckReservoir(this.#limit)
    this.#refilledAt = this.#clock.monotonic()
  }

  override run<R>(work: Work<R>, execution: Execution): Promise<R> {
    if (this.#line.length >= this.#longestLine)
      return Promise.reject(new RateLimitedError(`${this.#line.length} calls wait for their turn already`))
    const turn = this.#line.wait(execution, () => new RateLimitedError('the turn of the call did not come in time'))
    if (!this.#serving) void this.#serve()
    return turn.then(
      () => {
        if (execution.abort !== undefined) throw execution.abort.reason
        return work(execution)
      },
      (reason: unknown) => {
        if (this.#line.length === 0) this.#stopWaiting()
        throw reason
      },
    )
  }

  /** Lets calls in, as many at a time as there is room for, until nobody waits. Never rejects. */
  async #serve(): Promise<void> {
    this.#serving = true
    while (this.#line.length > 0) {
      try {
        await this.#refill()
        const room = await this.#reservoir.take(() => this.#line.length)
        for (let i = 0; i < room; i++) if (!this.#line.admit()) await this.#reservoir.add(1)
        if (room === 0) await this.#nextCall()
      } catch {
        // A limiter in a state that its authors did not foresee is replaced by an empty one: late calls rather than lost ones.
        this.#reservoir = new BottleneckReservoir(0)
      }
    }
    this.#serving = false
  }

  /** Turns the time that has passed into calls. */
  async #refill(): Promise<void> {
    const earned = Math.floor(((this.#clock.monotonic() - this.#refilledAt) * this.#limit) / this.#perMs)
    if (earned === 0) return
    this.#refilledAt += (earned * this.#perMs) / this.#limit
    await this.#reservoir.add(Math.min(earned, this.#limit - (await this.#reservoir.left())))
  }

  /** Waits until one more call may begin. */
  #nextCall(): Promise<void> {
    const inMs = this.#refilledAt + this.#perMs / this.#limit - this.#clock.monotonic()
    return new Promise((resolve) => {
      const timer = this.#clock.after(Math.max(0, inMs), resolve)
      this.#stopWaiting = () => {
        timer.cancel()
        resolve()
      }
    })
  }
}
