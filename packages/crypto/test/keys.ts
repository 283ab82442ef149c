import { createHash } from 'node:crypto'

/** A key for tests: the same for the same name. */
export function testKey(name: string): Buffer {
  return createHash('sha256').update(`a key for tests: ${name}`).digest()
}
