import { StoreTimeoutError, StoreUnavailableError } from '@larder/core'
import { BulkheadFullError } from '../errors/bulkhead-full-error.ts'
import { CircuitOpenError } from '../errors/circuit-open-error.ts'
import { OperationTimeoutError } from '../errors/operation-timeout-error.ts'
import { Execution } from '../policy/execution.ts'
import { wrapPolicies } from '../policy/wrap.ts'
import type { Policy } from '../policy/policy.ts'

/** Errors of calls that were not made. */
const REFUSALS = [CircuitOpenError, BulkheadFullError] as const

/** The policies around one part of a backend. */
export interface GuardPolicies {
  /** Absent: nothing is repeated. */
  readonly retry: Policy | undefined
  /** Those of a single attempt, the outermost first. */
  readonly attempt: readonly Policy[]
}

/** Makes calls of a backend under policies, and their errors those that a cache expects of a backend. */
export class Guard {
  readonly #part: string
  readonly #once: Policy
  readonly #repeated: Policy

  /** `part` names what is guarded, in errors. */
  constructor(part: string, policies: GuardPolicies) {
    this.#part = part
    this.#once = wrapPolicies(policies.attempt)
    this.#repeated = policies.retry === undefined ? this.#once : wrapPolicies([policies.retry, ...policies.attempt])
  }

  /** For what must not be done twice: an attempt that failed may still take effect. */
  once<R>(call: () => Promise<R>): Promise<R> {
    return this.#run(this.#once, call)
  }

  /** For what may be done twice. */
  repeated<R>(call: () => Promise<R>): Promise<R> {
    return this.#run(this.#repeated, call)
  }

  #run<R>(policy: Policy, call: () => Promise<R>): Promise<R> {
    return policy
      .run(() => rejecting(call), Execution.begin())
      .catch((error: unknown) => {
        throw this.#translate(error)
      })
  }

  /** A call that was not made, or not answered in time: what a cache does about either does not depend on who found out. */
  #translate(error: unknown): unknown {
    if (error instanceof OperationTimeoutError)
      return new StoreTimeoutError(`the ${this.#part} did not answer: ${error.message}`, { cause: error })
    if (REFUSALS.some((refusal) => error instanceof refusal))
      return new StoreUnavailableError(`the ${this.#part} was not asked: ${(error as Error).message}`, { cause: error })
    return error
  }
}

function rejecting<R>(call: () => Promise<R>): Promise<R> {
  try {
    return call()
  } catch (error) {
    return Promise.reject(error)
  }
}
