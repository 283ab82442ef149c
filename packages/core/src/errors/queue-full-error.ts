import { CacheError } from './cache-error.ts'

/** Rejects a write-behind for which the queue had no room within `writeBehind.waitForRoom`. The write was not acknowledged and will not happen. */
export class QueueFullError extends CacheError {
  readonly code = 'ERR_LARDER_QUEUE_FULL'
}
