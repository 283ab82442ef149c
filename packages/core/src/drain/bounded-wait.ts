import { onAbort } from '../abort.ts'
import type { Clock } from '../contracts/clock.ts'

/** Waits for work: for at most `ms` milliseconds, and until `signal` aborts. The work itself goes on. */
export function boundedWait<R>(
  work: Promise<R>,
  how: {
    readonly clock: Clock
    readonly ms: number
    readonly signal: AbortSignal | undefined
    readonly late: () => Error
  },
): Promise<R> {
  const { clock, ms, signal, late } = how
  return new Promise<R>((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason)
    const end = (): void => {
      timer?.cancel()
      stay?.()
    }
    const leave = (): void => {
      end()
      reject(signal?.reason)
    }
    const expire = (): void => {
      end()
      reject(late())
    }
    const timer = ms === Infinity ? undefined : clock.after(ms, expire)
    const stay = signal === undefined ? undefined : onAbort(signal, leave)
    work.then(
      (value) => (end(), resolve(value)),
      (error: unknown) => (end(), reject(error)),
    )
  })
}
