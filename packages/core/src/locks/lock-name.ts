import { InvalidKeyError } from '../errors/invalid-key-error.ts'
import { showValue } from '../policy/show-value.ts'

/** Longest name, in UTF-16 units: as that of a key. */
const LONGEST_NAME = 65_536

/** The name of a lock, checked. @throws InvalidKeyError unless it is a string of 1 to 65,536 UTF-16 units. */
export function lockName(name: unknown): string {
  if (typeof name === 'string' && name.length > 0 && name.length <= LONGEST_NAME) return name
  throw new InvalidKeyError(
    `the name of a lock must be a string of 1 to ${LONGEST_NAME} UTF-16 units, got ${showValue(name)}`,
  )
}
