import { CacheError } from './cache-error.ts'

/** `withLock` did not get the lock within `wait`, and has not run its body. */
export class LockTimeoutError extends CacheError {
  readonly code = 'ERR_LARDER_LOCK_TIMEOUT'
}
