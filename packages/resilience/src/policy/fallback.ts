import type { Executor } from '@larder/core/contracts'
import { checkFunction, checkOptions } from './check-options.ts'
import type { Execution } from './execution.ts'
import { Policy } from './policy.ts'
import type { Work } from './policy.ts'

/** Options of {@link fallback}. */
export interface FallbackOptions {
  /** Which errors are answered; default all. The others, and the reason of a caller's own abort, are passed on. */
  readonly when?: (error: unknown) => boolean
}

/**
 * Answers with `value(error)` in place of an error. What that throws is thrown. In front of a cache's loader it would be cached like any
 * other value: prefer `grace`, which serves the last good one.
 */
export function fallback(value: (error: unknown) => unknown, options: FallbackOptions = {}): Executor {
  if (typeof value !== 'function')
    throw new TypeError(`the argument of fallback() must be a function, got ${typeof value}`)
  checkOptions(options, 'options')
  checkFunction(options.when, 'when')
  return new Fallback(value, options.when ?? (() => true))
}

class Fallback extends Policy {
  readonly #value: (error: unknown) => unknown
  readonly #when: (error: unknown) => boolean

  constructor(value: (error: unknown) => unknown, when: (error: unknown) => boolean) {
    super()
    this.#value = value
    this.#when = when
  }

  override async run<R>(work: Work<R>, execution: Execution): Promise<R> {
    try {
      return await work(execution)
    } catch (error) {
      if (execution.abort !== undefined || !this.#when(error)) throw error
      return (await this.#value(error)) as R
    }
  }
}
