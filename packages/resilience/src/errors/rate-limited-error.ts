import { CacheError } from '@larder/core'

/** Rejects a call that was not made, because too many waited for their turn already, or because it waited too long for it. */
export class RateLimitedError extends CacheError {
  readonly code = 'ERR_LARDER_RATE_LIMITED'
}
