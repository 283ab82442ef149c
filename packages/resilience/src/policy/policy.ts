import type { ExecutionContext, Executor } from '@larder/core/contracts'
import { AbortSource } from './abort-source.ts'
import { Execution } from './execution.ts'

/** Work on its way through the policies. It never throws, it rejects. */
export type Work<R> = (execution: Execution) => Promise<R>

/** An {@link Executor} of this package. */
export abstract class Policy implements Executor {
  async execute<R>(work: (context: ExecutionContext) => R | PromiseLike<R>, signal?: AbortSignal): Promise<R> {
    signal?.throwIfAborted()
    const begin = async (execution: Execution): Promise<R> => work(execution)
    if (signal === undefined) return this.run(begin, Execution.begin())
    const source = new AbortSource()
    const abort = (): void => source.abort(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    try {
      const gone = new Promise<never>((_, reject) => source.onAbort(reject))
      return await Promise.race([this.run(begin, Execution.begin(source)), gone])
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  /** `execute`, nested: calls `work` at once unless there is something to wait for. */
  abstract run<R>(work: Work<R>, execution: Execution): Promise<R>
}
