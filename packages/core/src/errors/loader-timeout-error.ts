import { CacheError } from './cache-error.ts'

/** Rejects a read whose loader did not settle within `timeouts.hard`, with no stale value to show instead. Its `signal` has been aborted. */
export class LoaderTimeoutError extends CacheError {
  readonly code = 'ERR_LARDER_LOADER_TIMEOUT'
}
