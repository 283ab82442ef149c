import { onAbort } from '../abort.ts'
import type { Clock } from '../contracts/clock.ts'

/** How a writer ended. `unfinished`: it was given up, may still write, and settles when it has ended; it never rejects. */
export type WriterResult =
  | { readonly kind: 'written'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: unknown; readonly unfinished: Promise<void> | undefined }

/**
 * Runs a writer, for at most `hardTimeoutMs`. Its signal aborts then, and when one of `abandoned` does. However it ends, this resolves.
 */
export function runWriter(
  call: (signal: AbortSignal) => unknown,
  limits: {
    readonly clock: Clock
    readonly hardTimeoutMs: number
    readonly abandoned: readonly (AbortSignal | undefined)[]
    readonly late: () => Error
  },
): Promise<WriterResult> {
  const { clock, hardTimeoutMs, late } = limits
  const signals = limits.abandoned.filter((signal) => signal !== undefined)
  return new Promise((resolve) => {
    const gone = signals.find((signal) => signal.aborted)
    if (gone !== undefined) return resolve({ kind: 'failed', error: gone.reason, unfinished: undefined })
    const controller = new AbortController()
    const work = run(call, controller.signal)
    const settle = (result: WriterResult): void => {
      timer?.cancel()
      for (const stay of stays) stay()
      resolve(result)
    }
    const giveUp = (error: unknown): void => {
      settle({ kind: 'failed', error, unfinished: work.then(() => {}) })
      controller.abort(error)
    }
    const timer = hardTimeoutMs === Infinity ? undefined : clock.after(hardTimeoutMs, () => giveUp(late()))
    const stays = signals.map((signal) => onAbort(signal, () => giveUp(signal.reason)))
    void work.then(settle)
  })
}

async function run(call: (signal: AbortSignal) => unknown, signal: AbortSignal): Promise<WriterResult> {
  try {
    return { kind: 'written', result: await call(signal) }
  } catch (error) {
    return { kind: 'failed', error, unfinished: undefined }
  }
}
