import { InvalidKeyError } from '../errors/invalid-key-error.ts'
import { showValue } from '../policy/show-value.ts'

/** The longest key, in UTF-16 units. */
const LONGEST_KEY = 65_536

/**
 * Characters that are escaped everywhere: `%` itself, braces (Redis finds the hash tag by them), controls and the space (Memcached's
 * protocols end a key there), and lone surrogates (UTF-8 has no form for them).
 */
const SPECIAL_IN_KEY = /[\p{Cc}\p{Cs} %{}]/u
/** Before the key, the colon separates as well. */
const SPECIAL_IN_NAME = /[\p{Cc}\p{Cs} %{}:]/u
const ALL_SPECIAL_IN_KEY = new RegExp(SPECIAL_IN_KEY, 'gu')
const ALL_SPECIAL_IN_NAME = new RegExp(SPECIAL_IN_NAME, 'gu')

/**
 * The key under which stores keep an entry: `<namespace>:{<cache>:<key>}`, with each part escaped so that different parts never give the same key.
 * Always valid Unicode; its hash tag in Redis is the whole of `<cache>:<key>`.
 */
export function storeKey(namespace: string, cache: string, key: string): string {
  return storeKeys(namespace, cache)(key)
}

/** {@link storeKey} for the keys of one cache. */
export function storeKeys(namespace: string, cache: string): (key: string) => string {
  const start = `${encodeNamespace(namespace)}:{${encodeName(cache)}:`
  return (key) => `${start}${encodeKey(key)}}`
}

/** The name of an entry in journal records: `<cache>:<key>`, escaped as in {@link storeKey}. */
export function recordItem(cache: string, key: string): string {
  return `${encodeName(cache)}:${encodeKey(key)}`
}

/**
 * What a {@link recordItem} names; `undefined` for text that is none. Reads every correct escape, also needless ones and those of
 * `encodeURIComponent`, because records come from services in other languages, too.
 */
export function parseRecordItem(item: string): { readonly cache: string; readonly key: string } | undefined {
  const colon = item.indexOf(':')
  if (colon === -1) return undefined
  const cache = decode(item.slice(0, colon))
  const key = decode(item.slice(colon + 1))
  return cache === undefined || key === undefined ? undefined : { cache, key }
}

/** Namespace and cache as they stand in keys. */
export function queueName(namespace: string, cache: string): { readonly namespace: string; readonly cache: string } {
  return { namespace: encodeName(namespace), cache: encodeName(cache) }
}

/** A namespace as it stands in keys. */
export function encodeNamespace(namespace: string): string {
  return encodeName(namespace)
}

/** A key as it stands in keys and journal records. */
export function encodeKey(key: string): string {
  return SPECIAL_IN_KEY.test(key) ? key.replace(ALL_SPECIAL_IN_KEY, escape) : key
}

/**
 * Checks a key as `Cache` methods got it, after the `key` option was applied. The empty string is a key like others.
 * @throws InvalidKeyError unless it is a string of at most 65,536 UTF-16 units.
 */
export function checkKey(key: unknown, cache: string): asserts key is string {
  if (typeof key !== 'string') {
    throw new InvalidKeyError(
      `a key of cache ${showValue(cache)} must be a string, got ${showValue(key)}; see the option "key"`,
    )
  }
  if (key.length <= LONGEST_KEY) return
  throw new InvalidKeyError(
    `a key of cache ${showValue(cache)} has ${key.length} UTF-16 units, ${LONGEST_KEY} are allowed; use a hash of it: ${showValue(key)}`,
  )
}

function encodeName(name: string): string {
  return SPECIAL_IN_NAME.test(name) ? name.replace(ALL_SPECIAL_IN_NAME, escape) : name
}

function escape(character: string): string {
  const unit = character.charCodeAt(0)
  return unit < 0x80
    ? `%${unit.toString(16).toUpperCase().padStart(2, '0')}`
    : `%u${unit.toString(16).toUpperCase().padStart(4, '0')}`
}

function decode(text: string): string | undefined {
  if (!text.includes('%')) return text
  let malformed = false
  const decoded = text.replace(/%u([\dA-Fa-f]{4})|(?:%[\dA-Fa-f]{2})+|%/g, (escaped, unit: string | undefined) => {
    if (unit !== undefined) return String.fromCharCode(Number.parseInt(unit, 16))
    try {
      return decodeURIComponent(escaped)
    } catch {
      malformed = true
      return ''
    }
  })
  return malformed ? undefined : decoded
}
