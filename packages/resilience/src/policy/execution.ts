import type { ExecutionContext } from '@larder/core/contracts'
import { AbortSource } from './abort-source.ts'

/** What all contexts of one call share. */
interface Call {
  /** Makes the error for a call that is out of time while it waits to be let in; `undefined` once it was, and before. */
  refusal: (() => Error) | undefined
}

const nothingToLeave = (): void => {}

/** What is known of a call on its way through the policies; the work at its end sees the `signal` and the `attempt`. */
export class Execution implements ExecutionContext {
  readonly attempt: number
  /** Monotonic ms at which the answer is of no use any more; `Infinity` if it always is. */
  readonly deadlineAt: number
  /** Present if the call can be aborted. */
  readonly #source: AbortSource | undefined
  readonly #call: Call
  #lone: AbortSource | undefined

  private constructor(parts: {
    readonly attempt: number
    readonly deadlineAt: number
    readonly source: AbortSource | undefined
    readonly call: Call
  }) {
    this.attempt = parts.attempt
    this.deadlineAt = parts.deadlineAt
    this.#source = parts.source
    this.#call = parts.call
  }

  /** The beginning of a call. */
  static begin(source?: AbortSource): Execution {
    return new Execution({ attempt: 1, deadlineAt: Infinity, source, call: { refusal: undefined } })
  }

  get signal(): AbortSignal {
    return (this.#source ?? (this.#lone ??= new AbortSource())).signal
  }

  /** Whether nobody waits for the answer any more, and why. */
  get abort(): { readonly reason: unknown } | undefined {
    return this.#source?.aborted === true ? { reason: this.#source.reason } : undefined
  }

  /** Calls the listener when the call is aborted. The answer ends that. */
  onAbort(listener: (reason: unknown) => void): () => void {
    return this.#source?.onAbort(listener) ?? nothingToLeave
  }

  /** The same call with less time left, or in a later attempt. */
  with(change: { readonly attempt?: number; readonly deadlineAt?: number; readonly source?: AbortSource }): Execution {
    const { attempt = this.attempt, deadlineAt = this.deadlineAt, source = this.#source } = change
    return new Execution({ attempt, deadlineAt, source, call: this.#call })
  }

  /** Notes that the call waits to be let in, and what to say if its time is up before that. */
  waitToBegin(refusal: () => Error): void {
    this.#call.refusal = refusal
  }

  /** Notes that it was let in. */
  begun(): void {
    this.#call.refusal = undefined
  }

  /** The error for a call whose time is up: `late()`, or that of the policy that has not let it in. */
  outOfTime(late: () => Error): Error {
    return (this.#call.refusal ?? late)()
  }
}
