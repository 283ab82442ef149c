import { createCipheriv, createDecipheriv } from 'node:crypto'

export const NONCE_BYTES = 12
export const TAG_BYTES = 16

const CIPHER = 'aes-256-gcm'
const LENGTHS = { authTagLength: TAG_BYTES } as const

/** What one message is encrypted with. A key and a nonce are never used together twice. */
export interface GcmInput {
  readonly key: Uint8Array
  readonly nonce: Uint8Array
  /** Authenticated with the message, and not part of it. */
  readonly associated: Uint8Array
}

/** Writes ciphertext and tag behind `head`, in bytes of their own. */
export function gcmSeal(plaintext: Uint8Array, head: Uint8Array, { key, nonce, associated }: GcmInput): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce, LENGTHS)
  cipher.setAAD(associated)
  const body = cipher.update(plaintext)
  cipher.final()
  return Buffer.concat([head, body, cipher.getAuthTag()])
}

/** The plaintext of ciphertext and tag, which begin at `bodyAt`; `undefined` unless all of it is authentic. */
export function gcmOpen(sealed: Uint8Array, { key, nonce, associated }: GcmInput, bodyAt = 0): Buffer | undefined {
  const tagAt = sealed.length - TAG_BYTES
  if (tagAt < bodyAt || nonce.length !== NONCE_BYTES) return undefined
  const decipher = createDecipheriv(CIPHER, key, nonce, LENGTHS)
  decipher.setAAD(associated)
  decipher.setAuthTag(sealed.subarray(tagAt))
  const plaintext = decipher.update(sealed.subarray(bodyAt, tagAt))
  try {
    decipher.final()
    return plaintext
  } catch {
    plaintext.fill(0)
    return undefined
  }
}
