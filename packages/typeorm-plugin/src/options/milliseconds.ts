import type { Duration } from '@larder/core'

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A finite, positive duration in milliseconds. @throws TypeError naming the option. */
export function milliseconds(duration: Duration, option: string): number {
  const match = typeof duration === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) : null
  const ms = match === null ? duration : Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]
  if (typeof ms === 'number' && Number.isFinite(ms) && ms > 0) return ms
  throw new TypeError(`${option} must be a positive number of milliseconds, or a text such as '500ms' or '10s'`)
}
