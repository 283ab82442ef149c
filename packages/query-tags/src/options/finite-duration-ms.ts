import { durationMs } from '@larder/core'
import type { Duration } from '@larder/core'

/** A duration that ends, in milliseconds. @throws TypeError naming `option`, for anything else. */
export function finiteDurationMs(value: Duration, option: string): number {
  const ms = durationMs(value, option)
  if (Number.isFinite(ms)) return ms
  throw new TypeError(`${option} must end: a number of milliseconds, or a text such as '500ms' or '10s'`)
}
