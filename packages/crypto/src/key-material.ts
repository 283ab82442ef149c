import { createSecretKey, KeyObject } from 'node:crypto'

/** A 32-byte key: bytes, a secret `KeyObject`, or its text in base64, base64url or hexadecimal digits. */
export type KeyMaterial = Uint8Array | KeyObject | string

const KEY_BYTES = 32
const HOW_TO_MAKE_ONE =
  `a key is ${KEY_BYTES} random bytes, in base64 or hex; make one with: ` +
  `node -p "require('node:crypto').randomBytes(${KEY_BYTES}).toString('base64')"`

/**
 * The key as an object that does not show its bytes. `what` names it in messages, which never hold any of it.
 * @throws TypeError for a wrong length, for a passphrase, and for bytes that are all the same.
 */
export function keyObject(material: unknown, what: string): KeyObject {
  const key = material instanceof KeyObject ? material : createSecretKey(bytesOf(material, what))
  if (key.type !== 'secret')
    throw new TypeError(`${what} must be a secret key, got a ${key.type} one; ${HOW_TO_MAKE_ONE}`)
  if (key.symmetricKeySize !== KEY_BYTES)
    throw new TypeError(`${what} has ${key.symmetricKeySize} bytes; ${HOW_TO_MAKE_ONE}`)
  const bytes = key.export()
  if (bytes.every((byte) => byte === bytes[0])) throw new TypeError(`${what} is not random; ${HOW_TO_MAKE_ONE}`)
  return key
}

function bytesOf(material: unknown, what: string): Uint8Array {
  if (material instanceof Uint8Array) return lengthy(material, what)
  if (typeof material !== 'string')
    throw new TypeError(`${what} must be bytes, a KeyObject or text, got ${typeof material}; ${HOW_TO_MAKE_ONE}`)
  const text = material.trim()
  if (/^[\da-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  const bytes = Buffer.from(text, 'base64')
  // Decoding is lenient: what does not come back the same was not written by an encoder.
  if ([bytes.toString('base64'), bytes.toString('base64url')].includes(text)) return lengthy(bytes, what)
  throw new TypeError(`${what} is neither base64 nor hex, so it may be a passphrase; ${HOW_TO_MAKE_ONE}`)
}

/** `createSecretKey` refuses no bytes at all, with a message of its own. */
function lengthy(bytes: Uint8Array, what: string): Uint8Array {
  if (bytes.length === KEY_BYTES) return bytes
  throw new TypeError(`${what} has ${bytes.length} bytes; ${HOW_TO_MAKE_ONE}`)
}
