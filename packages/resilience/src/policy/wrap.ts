import type { Executor } from '@larder/core/contracts'
import { AbortSource } from './abort-source.ts'
import type { Execution } from './execution.ts'
import { Policy } from './policy.ts'
import type { Work } from './policy.ts'

/**
 * Several executors as one; the first is the outermost. A usual order is `wrap(fallback, retry, circuitBreaker, timeout, rateLimit, bulkhead)`:
 * each retry asks the breaker, each attempt has its own timeout, and the bulkhead, next to the work, counts what really runs.
 */
export function wrap(...executors: readonly [Executor, ...Executor[]]): Executor {
  for (const [index, executor] of executors.entries()) {
    if (typeof (executor as Partial<Executor> | undefined)?.execute !== 'function')
      throw new TypeError(`argument ${index + 1} of wrap() must be an executor: an object with execute()`)
  }
  return wrapPolicies(executors)
}

/** The same, for policies that are known to be some. */
export function wrapPolicies(executors: readonly Executor[]): Policy {
  return new Wrapped(executors.map((executor) => (executor instanceof Policy ? executor : new Foreign(executor))))
}

class Wrapped extends Policy {
  readonly #policies: readonly Policy[]

  constructor(policies: readonly Policy[]) {
    super()
    this.#policies = policies
  }

  override run<R>(work: Work<R>, execution: Execution): Promise<R> {
    return this.#from(0, work, execution)
  }

  #from<R>(index: number, work: Work<R>, execution: Execution): Promise<R> {
    const policy = this.#policies[index]
    if (policy === undefined) return work(execution)
    return policy.run((inner) => this.#from(index + 1, work, inner), execution)
  }
}

/** Somebody else's executor among ours: it sees the signal, and what it puts in its place is seen by those within it. */
class Foreign extends Policy {
  readonly #executor: Executor

  constructor(executor: Executor) {
    super()
    this.#executor = executor
  }

  override run<R>(work: Work<R>, execution: Execution): Promise<R> {
    return this.#executor.execute(async ({ signal, attempt }) => {
      const source = new AbortSource()
      const abort = (): void => source.abort(signal.reason)
      if (signal.aborted) abort()
      else signal.addEventListener('abort', abort, { once: true })
      try {
        return await work(execution.with({ attempt, source }))
      } finally {
        signal.removeEventListener('abort', abort)
      }
    }, execution.signal)
  }
}
