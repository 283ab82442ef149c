/** The stable codes of Larder's errors. Messages may change between releases, codes do not. */
export type CacheErrorCode =
  | 'ERR_LARDER_BULKHEAD_FULL'
  | 'ERR_LARDER_CIRCUIT_OPEN'
  | 'ERR_LARDER_CLOSED'
  | 'ERR_LARDER_DECODE'
  | 'ERR_LARDER_DECOMPRESSION'
  | 'ERR_LARDER_DECRYPTION'
  | 'ERR_LARDER_ENCRYPTION'
  | 'ERR_LARDER_FORGED_RECORD'
  | 'ERR_LARDER_INVALID_KEY'
  | 'ERR_LARDER_LOADER_TIMEOUT'
  | 'ERR_LARDER_LOCK_LOST'
  | 'ERR_LARDER_LOCK_TIMEOUT'
  | 'ERR_LARDER_OPERATION_TIMEOUT'
  | 'ERR_LARDER_QUEUE_FULL'
  | 'ERR_LARDER_RATE_LIMITED'
  | 'ERR_LARDER_REENTRANT_LOAD'
  | 'ERR_LARDER_STORE_TIMEOUT'
  | 'ERR_LARDER_STORE_UNAVAILABLE'
  | 'ERR_LARDER_UNSUPPORTED'
  | 'ERR_LARDER_WRITE_LOST'
  | 'ERR_LARDER_WRITER_TIMEOUT'

/** What a {@link CacheError} is built from. */
export interface CacheErrorDetails {
  /** The error that led to this one. */
  readonly cause?: unknown
  /** The key concerned, as `<cache>:<key>`. */
  readonly key?: string
}

/**
 * Base of every error that Larder raises itself. Wrong options and arguments are `TypeError`s instead, and a loader's own error
 * reaches the caller as it was thrown.
 */
export abstract class CacheError extends Error {
  abstract readonly code: CacheErrorCode
  /** The key concerned, as `<cache>:<key>`, if there is one. */
  readonly key: string | undefined

  constructor(message: string, details: CacheErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.name = new.target.name
    this.key = details.key
  }
}
