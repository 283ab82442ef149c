import { CacheError } from './cache-error.ts'

/** Thrown by a codec for bytes that it did not write. A cache never throws it: an entry that cannot be decoded is a miss. */
export class DecodeError extends CacheError {
  readonly code = 'ERR_LARDER_DECODE'
}
