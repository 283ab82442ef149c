import type { Clock, Random } from '@larder/core'

/** @throws TypeError unless `value` is an object, as options are. */
export function checkOptions(value: unknown, option: string): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${option} must be an object, got ${value === null ? 'null' : typeof value}`)
}

/** @throws TypeError unless `value` is a number within the bounds, both included. */
export function checkNumber(
  value: unknown,
  option: string,
  bounds: { readonly least: number; readonly most?: number; readonly fraction?: boolean },
): number {
  const { least, most = Number.MAX_SAFE_INTEGER, fraction = false } = bounds
  if (typeof value === 'number' && value >= least && value <= most && (fraction || Number.isInteger(value)))
    return value
  throw new TypeError(
    `${option} must be ${fraction ? 'a number' : 'an integer'} from ${least} to ${most}, got ${String(value)}`,
  )
}

/** @throws TypeError unless `value` is a function or `undefined`. */
export function checkFunction(value: unknown, option: string): void {
  if (value !== undefined && typeof value !== 'function')
    throw new TypeError(`${option} must be a function, got ${typeof value}`)
}

/** @throws TypeError unless the clock and the source of randomness are what they should be. */
export function checkTime(options: { readonly clock?: Clock; readonly random?: Random }): void {
  checkOptions(options, 'options')
  if (options.clock !== undefined && typeof options.clock.after !== 'function')
    throw new TypeError('clock must be a Clock: an object with now(), monotonic() and after()')
  if (options.random !== undefined && typeof options.random.fraction !== 'function')
    throw new TypeError('random must be a Random: an object with token() and fraction()')
}
