import { createHash } from 'node:crypto'

/** What Memcached takes as a key: up to 250 bytes without spaces and controls. Others than ASCII are hashed as well. */
const PLAIN = /^[\x21-\x7e]{1,250}$/

/** What an item is: the state of an entry's key, or a mark. */
export type ItemKind = 'v' | 'm'

/**
 * The key of an item in Memcached: `<kind>:<name>`, or, where the protocol could not carry that, `#` and its SHA-256. No two names share a key:
 * plain keys never begin with `#`, and two texts of one SHA-256 are not known.
 */
export function itemKey(kind: ItemKind, name: string): string {
  const plain = `${kind}:${name}`
  if (PLAIN.test(plain)) return plain
  return `#${createHash('sha256').update(plain).digest('base64url')}`
}
