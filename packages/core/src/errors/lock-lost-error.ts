import { CacheError } from './cache-error.ts'

/** A lock is no longer held although its holder did not release it: its time ran out, or somebody took it away. Reason of `lock.signal`. */
export class LockLostError extends CacheError {
  readonly code = 'ERR_LARDER_LOCK_LOST'
}
