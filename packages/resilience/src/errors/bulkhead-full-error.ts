import { CacheError } from '@larder/core'

/** Rejects a call that was not made, because as many as are allowed were running and waiting already, or because it waited too long. */
export class BulkheadFullError extends CacheError {
  readonly code = 'ERR_LARDER_BULKHEAD_FULL'
}
