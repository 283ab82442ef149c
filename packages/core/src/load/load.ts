import { onAbort } from '../abort.ts'
import type { Clock } from '../contracts/clock.ts'
import { LoaderTimeoutError } from '../errors/loader-timeout-error.ts'
import { Cached } from '../policy/cached.ts'
import type { CachedOptions } from '../policy/cached.ts'
import type { Loaded } from '../policy/loader.ts'

/** How a loader ended. */
export type LoadResult<T> =
  | { readonly kind: 'loaded'; readonly value: T; readonly options: CachedOptions | undefined }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly error: unknown }

/** A loader with its key and context already given. */
export type LoaderCall<T> = (signal: AbortSignal) => Loaded<T> | undefined | Promise<Loaded<T> | undefined>

/**
 * Runs a loader, for at most `hardTimeoutMs`. Its signal aborts then, and when `abandoned` does. However it ends, this resolves: a loader
 * that settles later is ignored.
 */
export async function load<T>(
  call: LoaderCall<T>,
  limits: {
    readonly clock: Clock
    readonly hardTimeoutMs: number
    readonly abandoned: AbortSignal
    readonly key: string
  },
): Promise<LoadResult<T>> {
  const { clock, hardTimeoutMs, abandoned, key } = limits
  const controller = new AbortController()
  return new Promise<LoadResult<T>>((resolve) => {
    if (abandoned.aborted) return resolve({ kind: 'failed', error: abandoned.reason })
    const settle = (result: LoadResult<T>): void => {
      timer?.cancel()
      stay()
      resolve(result)
    }
    const giveUp = (error: unknown): void => {
      settle({ kind: 'failed', error })
      controller.abort(error)
    }
    const late = (): void =>
      giveUp(new LoaderTimeoutError(`the loader did not settle within ${hardTimeoutMs} ms`, { key }))
    const timer = hardTimeoutMs === Infinity ? undefined : clock.after(hardTimeoutMs, late)
    const stay = onAbort(abandoned, () => giveUp(abandoned.reason))
    void runLoader(call, controller.signal).then(settle)
  })
}

async function runLoader<T>(call: LoaderCall<T>, signal: AbortSignal): Promise<LoadResult<T>> {
  try {
    const loaded = await call(signal)
    const value = loaded instanceof Cached ? (loaded.value as T | undefined) : loaded
    if (value === undefined) return { kind: 'nothing' }
    return { kind: 'loaded', value, options: loaded instanceof Cached ? loaded.options : undefined }
  } catch (error) {
    return { kind: 'failed', error }
  }
}
