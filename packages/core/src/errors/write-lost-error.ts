import { CacheError } from './cache-error.ts'

/** Reported to `onError` for acknowledged writes that can no longer reach their writer: never silently, and never by Larder's own doing. */
export class WriteLostError extends CacheError {
  readonly code = 'ERR_LARDER_WRITE_LOST'
}
