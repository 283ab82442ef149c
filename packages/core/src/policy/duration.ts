import { showValue } from './show-value.ts'

/** A length of time: milliseconds, a number with a unit (`'250ms'`, `'5s'`, `'1.5h'`, `'7d'`), or `'forever'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}` | 'forever'

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The longest finite duration, in milliseconds: the reach of `Date`, about 273,790 years. */
const LONGEST_MS = 8.64e15

/**
 * A duration in whole milliseconds: rounded, but never from above zero down to zero. `'forever'` and `Infinity` give `Infinity`.
 * @throws TypeError naming `option`, for anything that is not a duration; for 0 as well unless `bounds.zero`.
 */
export function durationMs(value: Duration, option: string, bounds?: { readonly zero?: boolean }): number {
  if (value === 'forever' || value === Infinity) return Infinity
  const ms = typeof value === 'string' ? parse(value) : value
  if (typeof ms === 'number' && ms > 0 && ms <= LONGEST_MS) return Math.max(1, Math.round(ms))
  if (ms === 0 && bounds?.zero === true) return 0
  throw new TypeError(
    `${option} must be a duration${bounds?.zero === true ? '' : ' longer than 0'}: milliseconds, a string such as ` +
      `'250ms', '5s', '5m', '1.5h' or '7d', or 'forever'; got ${showValue(value)}`,
  )
}

function parse(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|[smhd])$/.exec(text)
  return match === null ? NaN : Number(match[1]) * (UNIT_MS[match[2] as string] as number)
}
