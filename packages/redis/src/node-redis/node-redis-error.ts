import { replyError } from '../client/reply-error.ts'

/** Whether node-redis gave up a command before it was written. */
export function isTimeout(error: unknown): boolean {
  // It has no message, and class names do not survive minifiers.
  return error instanceof Error && error.message === '' && !('code' in error)
}

/** Turns an error of node-redis into one that `storeError` knows. */
export function nodeRedisError(error: unknown): unknown {
  if (!(error instanceof Error) || 'code' in error) return error
  if (isTimeout(error)) return new Error('Command timed out')
  return /^[A-Z][A-Z\d_]+(?: |$)/.test(error.message) ? replyError(error.message) : error
}
