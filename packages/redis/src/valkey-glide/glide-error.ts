import { replyError } from '../client/reply-error.ts'

/** The word a server begins an error with, for those that GLIDE renames. */
const WORDS: Readonly<Record<string, string>> = {
  AuthenticationFailed: 'WRONGPASS',
  BusyLoadingError: 'LOADING',
  ClusterDown: 'CLUSTERDOWN',
  MasterDown: 'MASTERDOWN',
  NoScriptError: 'NOSCRIPT',
  PermissionDenied: 'NOPERM',
  ReadOnly: 'READONLY',
  ResponseError: 'ERR',
}

/** Whether GLIDE waited for an answer in vain. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}

/** Turns an error of GLIDE into one that `storeError` knows. */
export function glideError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (isTimeout(error)) return new Error('Command timed out')
  for (const [, word = '', text = ''] of error.message.matchAll(/\b([A-Z][A-Za-z]+): ([^)\n]*)/g)) {
    const known = WORDS[word] ?? (/^[A-Z]{3,}$/.test(word) ? word : undefined)
    if (known !== undefined) return replyError(`${known} ${text}`)
  }
  return error
}
