import { CacheError } from '@larder/core'

/** Rejects a call that did not settle in time. Its signal has been aborted; what it does from then on is ignored. */
export class OperationTimeoutError extends CacheError {
  readonly code = 'ERR_LARDER_OPERATION_TIMEOUT'
}
