import { CacheError, LoaderTimeoutError } from '@larder/core'
import { OperationTimeoutError } from './errors/operation-timeout-error.ts'

/** Codes of calls that were never made, or of callers' own mistakes: they do not say how the other side is doing. */
const NOT_ITS_FAULT: ReadonlySet<string> = new Set([
  'ERR_LARDER_BULKHEAD_FULL',
  'ERR_LARDER_CIRCUIT_OPEN',
  'ERR_LARDER_CLOSED',
  'ERR_LARDER_INVALID_KEY',
  'ERR_LARDER_RATE_LIMITED',
  'ERR_LARDER_REENTRANT_LOAD',
  'ERR_LARDER_UNSUPPORTED',
])

/** Whether an error says that the other side is not well: every one but those that other policies, or a wrong call, have made. */
export function isFailure(error: unknown): boolean {
  return !(error instanceof CacheError && NOT_ITS_FAULT.has(error.code))
}

/** Whether a call was ended because it took too long, and not because its caller had gone. */
export function isTimeout(reason: unknown): boolean {
  return reason instanceof OperationTimeoutError || reason instanceof LoaderTimeoutError
}
