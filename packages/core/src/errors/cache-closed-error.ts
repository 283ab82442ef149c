import { CacheError } from './cache-error.ts'

/** Thrown by every method of a cache or manager after `close()`. */
export class CacheClosedError extends CacheError {
  readonly code = 'ERR_LARDER_CLOSED'
}
