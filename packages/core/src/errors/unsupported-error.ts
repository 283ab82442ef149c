import { CacheError } from './cache-error.ts'

/** The backend in use cannot do what was asked, and no emulation would keep the promises. */
export class UnsupportedError extends CacheError {
  readonly code = 'ERR_LARDER_UNSUPPORTED'
}
