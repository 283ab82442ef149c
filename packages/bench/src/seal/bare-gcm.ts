import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const NONCE_BYTES = 12
const LENGTHS = { authTagLength: 16 } as const

/** AES-256-GCM as one writes it with `node:crypto` and nothing else: a random nonce, associated data, and nonce, ciphertext and tag in one. */
export function bareGcm(key: Uint8Array): {
  readonly seal: (value: Uint8Array, associated: Uint8Array) => Buffer
  readonly open: (sealed: Uint8Array, associated: Uint8Array) => Buffer
} {
  return {
    seal(value, associated) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, LENGTHS)
      cipher.setAAD(associated)
      const body = cipher.update(value)
      cipher.final()
      return Buffer.concat([nonce, body, cipher.getAuthTag()])
    },
    open(sealed, associated) {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), LENGTHS)
      decipher.setAAD(associated)
      decipher.setAuthTag(sealed.subarray(-16))
      const value = decipher.update(sealed.subarray(NONCE_BYTES, -16))
      decipher.final()
      return value
    },
  }
}
