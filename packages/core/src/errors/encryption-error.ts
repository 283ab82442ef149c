import { CacheError } from './cache-error.ts'

/** A value could not be sealed, because its key could not be had in time. It was not stored; a write has removed the old value, or may have. */
export class EncryptionError extends CacheError {
  readonly code = 'ERR_LARDER_ENCRYPTION'
}
