import { CacheError } from './cache-error.ts'

/**
 * Rejects a write-through whose writer did not settle within `timeouts.hard`, or did not get its turn in that time, and a `flush` that was
 * not done by its deadline. The message tells which.
 */
export class WriterTimeoutError extends CacheError {
  readonly code = 'ERR_LARDER_WRITER_TIMEOUT'
}
