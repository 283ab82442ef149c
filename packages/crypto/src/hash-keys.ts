import { createHmac, createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Naming } from '@larder/core/contracts'
import { keyObject } from './key-material.ts'
import type { KeyMaterial } from './key-material.ts'
import { Secret } from './secret.ts'

/** Options of {@link hashKeys}. */
export interface HashKeysOptions {
  /**
   * The key, the same on all nodes of a namespace. It cannot be rotated in place, because nodes with different keys would not hear each other's
   * invalidations: a new key needs a new namespace.
   */
  readonly key: KeyMaterial
  /** Names remembered for each cache, so that most reads compute none. 0 or more; default 10,000. */
  readonly remember?: number
}

/** 43 characters of base64url: 256 bits. */
const NAME = /^[\w-]{43}$/

/**
 * Names keys and tags by HMAC-SHA-256, for those to whom a key says too much. Namespaces and the names of caches stay as they are. Listeners to
 * invalidations, `getEntry().tags` and errors then show names in place of keys and tags.
 * @throws TypeError for a key that is none.
 */
export function hashKeys({ key, remember = 10_000 }: HashKeysOptions): Naming {
  const secret = new Secret(keyObject(key, 'key'))
  if (!Number.isInteger(remember) || remember < 0)
    throw new TypeError(`remember must be an integer, 0 or more, got ${String(remember)}`)
  const named = (...place: readonly string[]): ((text: string) => string) =>
    remembering(hmacOf(secret, place), remember)
  return {
    name: 'hmac-sha-256',
    keys: (namespace, cache) => named('key', namespace, cache),
    tags: (namespace) => named('tag', namespace),
    recognizes: (name) => NAME.test(name),
  }
}

/** Every kind of name, namespace and cache has a key of its own, so that equal keys in two places do not look alike. */
function hmacOf(secret: Secret, place: readonly string[]): (text: string) => string {
  const key: KeyObject = createSecretKey(secret.derive('names', Buffer.from(JSON.stringify(place))).subarray(0, 32))
  // As UTF-16, which tells lone surrogates apart; UTF-8 does not.
  return (text) => createHmac('sha256', key).update(Buffer.from(text, 'utf16le')).digest('base64url')
}

function remembering(nameOf: (text: string) => string, most: number): (text: string) => string {
  if (most === 0) return nameOf
  // Two generations: what is asked for again moves to the young one, and the old one is dropped whole.
  let young = new Map<string, string>()
  let old = new Map<string, string>()
  return (text) => {
    let name = young.get(text)
    if (name !== undefined) return name
    name = old.get(text) ?? nameOf(text)
    if (young.size >= most / 2) {
      old = young
      young = new Map()
    }
    young.set(text, name)
    return name
  }
}
