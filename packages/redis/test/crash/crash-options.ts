import { systemClock } from '@larder/core'
import type { WriteBehindOptions } from '@larder/core'

/** How the cache under test writes behind, in every process. */
export const crashOptions: { readonly writeBehind: WriteBehindOptions } = {
  writeBehind: { batchDelay: 2, batchSize: 8, takeover: '1s', backoff: { first: 20, most: 500 } },
}

/** Waits. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve))
}
