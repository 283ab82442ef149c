import { CacheError } from '@larder/core'

/** The code of an error of ours; `undefined` for any other, which no caller should ever see. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof CacheError ? error.code : undefined
}
