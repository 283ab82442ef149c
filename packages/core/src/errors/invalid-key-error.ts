import { CacheError } from './cache-error.ts'

/** Thrown at once for a key that cannot name an entry: not a string after the `key` option was applied, or too long for the backend. */
export class InvalidKeyError extends CacheError {
  readonly code = 'ERR_LARDER_INVALID_KEY'
}
