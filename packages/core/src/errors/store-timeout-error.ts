import { CacheError } from './cache-error.ts'

/** A backend did not answer within `timeouts.store`. For a write the outcome is unknown: it may still be applied; repeating it is safe. */
export class StoreTimeoutError extends CacheError {
  readonly code = 'ERR_LARDER_STORE_TIMEOUT'
}
