import { CacheError } from './cache-error.ts'

/** A backend could not carry out a write or an invalidation. The outcome is unknown; repeating it is safe. */
export class StoreUnavailableError extends CacheError {
  readonly code = 'ERR_LARDER_STORE_UNAVAILABLE'
}
