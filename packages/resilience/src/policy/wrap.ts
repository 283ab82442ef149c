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
  const policies = executors.map((executor) => (executor instanceof Policy ? executor : new Foreign(executor)))
  const innermost = policies.pop()
  if (innermost === undefined) return new Unguarded()
  return policies.reduceRight((inner, outer) => new Pair(outer, inner), innermost)
}

/** A policy around another one; a chain of them makes any number. */
class Pair extends Policy {
  readonly #outer: Policy
  readonly #inner: Policy

  constructor(outer: Policy, inner: Policy) {
    super()
    this.#outer = outer
    this.#inner = inner
  }

  override run<R>(work: Work<R>, execution: Execution): Promise<R> {
    return this.#outer.run((inner) => this.#inner.run(work, inner), execution)
  }
}

/** None at all. */
class Unguarded extends Policy {
  override run<R>(work: Work<R>, execution: Execution): Promise<R> {
    return work(execution)
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
