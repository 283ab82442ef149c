import { showValue } from '../policy/show-value.ts'

/** What names one thing of its kind. A number and its decimal text name the same thing. */
export type KeyId = string | number | bigint

/**
 * One part of a key whose parts are joined by colons: `%` and `:` in it are escaped, so that different lists of parts never give the same key.
 * @throws TypeError for an empty part, a number that is not finite, and anything else that is not an id: nearly always a mistake
 * upstream, which would put unrelated things under one key.
 */
export function keyPart(value: KeyId, argument: string): string {
  switch (typeof value) {
    case 'string':
      if (value !== '') return value.replace(/[%:]/g, (character) => (character === '%' ? '%25' : '%3A'))
      break
    case 'number':
      if (Number.isFinite(value)) return String(value)
      break
    case 'bigint':
      return String(value)
    default:
  }
  throw new TypeError(
    `${argument} must be a string that is not empty, a finite number or a bigint; got ${showValue(value)}`,
  )
}
