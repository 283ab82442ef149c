import type { Clock } from '../contracts/clock.ts'
import type { L1Options } from '../policy/cache-options.ts'
import { checkNumber, checkObject } from '../policy/option-checks.ts'
import { sizeBytes } from '../policy/size.ts'
import type { L1 } from './l1.ts'
import { LruL1 } from './lru-l1.ts'
import { NO_L1 } from './no-l1.ts'
import { S3FifoL1 } from './s3-fifo-l1.ts'
import { TtlL1 } from './ttl-l1.ts'

/** Most entries an engine can index. */
const MOST_ENTRIES = 2 ** 24

/**
 * The L1 that the options describe.
 * @throws TypeError naming the option, for one that is out of its range.
 */
export function createL1<T>(options: L1Options | false, clock: Clock): L1<T> {
  if (options === false) return NO_L1
  checkObject(options, 'l1')
  const bounds = {
    maxEntries: checkNumber(options.maxEntries ?? 10_000, 'l1.maxEntries', {
      least: 1,
      most: MOST_ENTRIES,
      integer: true,
    }),
    maxBytes: sizeBytes(options.maxBytes ?? '64mb', 'l1.maxBytes'),
  }
  switch (options.policy) {
    case undefined:
    case 'lru':
      return new LruL1(bounds)
    case 'ttl':
      return new TtlL1({ ...bounds, monotonic: () => clock.monotonic() })
    case 'lfu':
      return new S3FifoL1({ ...bounds, monotonic: () => clock.monotonic() })
    default:
      throw new TypeError(`l1.policy must be 'lru', 'ttl' or 'lfu', got ${String(options.policy satisfies never)}`)
  }
}
