import { CacheError } from '@larder/core'

/** Rejects a call that was not made, because most of those before it failed. Passes by itself: a single call is let through from time to time. */
export class CircuitOpenError extends CacheError {
  readonly code = 'ERR_LARDER_CIRCUIT_OPEN'
}
