import type { L1Options } from '../policy/cache-options.ts'
import { durationMs } from '../policy/duration.ts'

/**
 * The longest life of an item in this process' memory, in milliseconds; `Infinity` where the options set none.
 * @throws TypeError for a `ttl` that is not a duration.
 */
export function l1Ttl(options: L1Options | false): number {
  return options === false || options.ttl === undefined ? Infinity : durationMs(options.ttl, 'l1.ttl')
}
