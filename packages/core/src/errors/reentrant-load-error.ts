import { CacheError } from './cache-error.ts'

/** Rejects a read made inside a loader that would have to wait for that same loader. */
export class ReentrantLoadError extends CacheError {
  readonly code = 'ERR_LARDER_REENTRANT_LOAD'
}
