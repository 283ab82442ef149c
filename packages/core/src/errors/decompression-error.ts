import { CacheError } from './cache-error.ts'
import type { CacheErrorDetails } from './cache-error.ts'

/**
 * Why a stored value was not decompressed. `unknown`: by an algorithm that this process does not have; `too-large`: it would be larger than
 * `maxValueBytes`, or than any value that was compressed into so little; `malformed`: its bytes are damaged; `late`: it took too long.
 */
export type DecompressionFailure = 'unknown' | 'too-large' | 'malformed' | 'late'

/** Told with the event `unreadable`, of a stored value that could not be decompressed. A cache never throws it: such a value is a miss. */
export class DecompressionError extends CacheError {
  readonly code = 'ERR_LARDER_DECOMPRESSION'
  readonly reason: DecompressionFailure

  constructor(message: string, details: CacheErrorDetails & { readonly reason: DecompressionFailure }) {
    super(message, details)
    this.reason = details.reason
  }
}
