import { CacheError } from '../errors/cache-error.ts'
import { StoreUnavailableError } from '../errors/store-unavailable-error.ts'

/** The error of a backend, as a caller may see it: one of ours stays, any other becomes the cause of a StoreUnavailableError. */
export function unavailable(error: unknown, what: string, key?: string): CacheError {
  if (error instanceof CacheError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new StoreUnavailableError(
    `${what} could not carry out the operation: ${reason}`,
    key === undefined ? { cause: error } : { cause: error, key },
  )
}
