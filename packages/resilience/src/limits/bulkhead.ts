import type { Executor } from '@larder/core/contracts'
import { BulkheadFullError } from '../errors/bulkhead-full-error.ts'
import { checkNumber, checkOptions } from '../policy/check-options.ts'
import type { Execution } from '../policy/execution.ts'
import { Policy } from '../policy/policy.ts'
import type { Work } from '../policy/policy.ts'
import { WaitingLine } from './waiting-line.ts'

/** Options of {@link bulkhead}. */
export interface BulkheadOptions {
  /** Calls that may run at once; 1 or more. */
  readonly maxConcurrent: number
  /** Calls that may wait for their turn; 0 or more. Default 1,000. */
  readonly queue?: number
}

/**
 * Bounds how many calls run at once; the others wait, first come, first served, and beyond `queue` are rejected with `BulkheadFullError`. A
 * call runs until its work has settled: one that was given up but ignores its signal keeps its place, because it keeps the other side busy.
 * @throws TypeError naming the option, for one that is out of its range.
 */
export function bulkhead(options: BulkheadOptions): Executor {
  return new Bulkhead(options)
}

/** The policy that {@link bulkhead} makes. A call that finds a free place begins at once, without a timer or a turn of the event loop. */
export class Bulkhead extends Policy {
  readonly #places: number
  readonly #longestLine: number
  readonly #line = new WaitingLine()
  #running = 0

  constructor(options: BulkheadOptions) {
    super()
    checkOptions(options, 'bulkhead')
    this.#places = checkNumber(options.maxConcurrent, 'maxConcurrent', { least: 1 })
    this.#longestLine = checkNumber(options.queue ?? 1_000, 'queue', { least: 0 })
  }

  override run<R>(work: Work<R>, execution: Execution): Promise<R> {
    if (this.#running < this.#places) {
      this.#running++
      return this.#hold(work, execution)
    }
    if (this.#line.length >= this.#longestLine)
      return Promise.reject(full(`${this.#running} calls run and ${this.#line.length} wait: there is no place left`))
    return this.#line
      .wait(execution, () => full(`no place became free in time: ${this.#running} calls run`))
      .then(() => this.#hold(work, execution))
  }

  /** Runs the work in the place that was taken for it. */
  #hold<R>(work: Work<R>, execution: Execution): Promise<R> {
    if (execution.abort !== undefined) {
      this.#leave()
      return Promise.reject(execution.abort.reason)
    }
    const working = work(execution)
    const leave = (): void => this.#leave()
    working.then(leave, leave)
    return working
  }

  #leave(): void {
    if (!this.#line.admit()) this.#running--
  }
}

function full(why: string): BulkheadFullError {
  return new BulkheadFullError(why)
}
