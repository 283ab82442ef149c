import { showValue } from './show-value.ts'

/** An amount of memory: bytes, or a number with a unit (`'512b'`, `'16kb'`, `'1.5mb'`, `'2gb'`), where 1 kb is 1024 bytes. */
export type Size = number | `${number}${'b' | 'kb' | 'mb' | 'gb'}`

const UNIT_BYTES: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }

/**
 * A size in bytes, a positive safe integer; a fraction that a unit leaves is rounded.
 * @throws TypeError naming `option`, for anything else.
 */
export function sizeBytes(value: Size, option: string): number {
  const bytes = typeof value === 'string' ? parse(value) : value
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw new TypeError(
    `${option} must be a size: a positive whole number of bytes, or a string such as ` +
      `'512b', '16kb', '64mb' or '1.5gb'; got ${showValue(value)}`,
  )
}

function parse(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmg]?b)$/.exec(text)
  return match === null ? NaN : Math.round(Number(match[1]) * (UNIT_BYTES[match[2] as string] as number))
}
