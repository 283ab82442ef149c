import type { Refusal } from '../contracts/sealer.ts'
import { CacheError } from './cache-error.ts'
import type { CacheErrorDetails } from './cache-error.ts'

/**
 * Why a stored value was not opened: the sealer's reason; `unsealed`: it lies in the clear where a sealer is set; `sealed`: it is sealed where
 * none is; `unavailable`: the key could not be had in time.
 */
export type DecryptionFailure = Refusal | 'unsealed' | 'sealed' | 'unavailable'

/** Reported for a stored value that could not be opened. A cache never throws it: such a value is a miss. */
export class DecryptionError extends CacheError {
  readonly code = 'ERR_LARDER_DECRYPTION'
  readonly reason: DecryptionFailure

  constructor(message: string, details: CacheErrorDetails & { readonly reason: DecryptionFailure }) {
    super(message, details)
    this.reason = details.reason
  }
}
