/** What a piece of work is told by the policies around it. */
export interface ExecutionContext {
  /** Aborts when the work is no longer waited for: a deadline has passed, or the caller has gone. */
  readonly signal: AbortSignal
  /** Number of this attempt, from 1. */
  readonly attempt: number
}

/**
 * Runs work under a policy: a timeout, retries, a circuit breaker, a limit. Executors nest: one runs its work by giving it to the next.
 */
export interface Executor {
  /**
   * Settles as the work does, or rejects in its place. `signal` is the caller's; when it aborts, the answer is no longer waited for. Work
   * that throws instead of rejecting counts as rejecting.
   */
  execute<R>(work: (context: ExecutionContext) => R | PromiseLike<R>, signal?: AbortSignal): Promise<R>
}
