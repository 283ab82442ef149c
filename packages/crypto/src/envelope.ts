import { LONGEST_WRAPPED } from './data-keys.ts'
import { NONCE_BYTES, TAG_BYTES } from './gcm.ts'

/**
 * Sealed bytes begin with a head, which is authenticated with the message. All numbers are big-endian.
 *
 * | bytes | field |
 * |------:|-------|
 * | 1 | version of the form, 1 |
 * | 1 | flags: 1 padded |
 * | 1 | length of the key id, 1 to 64 |
 * | 2 | length of the wrapped data key, 0 without one |
 * | … | key id, ASCII |
 * | … | wrapped data key |
 * | 32 | salt: makes the message's own key |
 * | 1 | 1: HKDF's number of the block, with which what it derives the key from is complete |
 * | 12 | nonce |
 * | 32 | commitment: shows that a key is the message's, before anything is decrypted |
 *
 * Behind it: ciphertext, as long as the plaintext, and a tag of 16 bytes.
 */
export interface Envelope {
  readonly bytes: Buffer
  readonly padded: boolean
  readonly keyId: string
  readonly wrapped: Uint8Array
  /** Where the part ends from which the message's key is derived, and the nonce begins. */
  readonly nonceAt: number
  /** Where the commitment begins. */
  readonly commitmentAt: number
  /** Where the head ends and the ciphertext begins. */
  readonly headEnd: number
}

/** What distinguishes heads, apart from what is drawn or derived for each message. */
export interface HeadFields {
  readonly padded: boolean
  readonly keyId: string
  readonly wrapped: Uint8Array
}

const COMMITMENT_BYTES = 32

const SALT_BYTES = 32
const VERSION = 1
const PADDED = 1
const IDS_AT = 5
const BLOCK_NUMBER = 1
const NOTHING = new Uint8Array(0)

/** Writes the fields of a head; salt and nonce are drawn by `random`. The commitment, zeros here, is to be derived. `room` bytes stay free behind it. */
export function startEnvelope(
  { padded, keyId, wrapped }: HeadFields,
  random: (bytes: Buffer) => void,
  room: number,
): Envelope {
  const saltAt = IDS_AT + keyId.length + wrapped.length
  const nonceAt = saltAt + SALT_BYTES + 1
  const commitmentAt = nonceAt + NONCE_BYTES
  const headEnd = commitmentAt + COMMITMENT_BYTES
  const bytes = Buffer.allocUnsafe(headEnd + room)
  bytes[0] = VERSION
  bytes[1] = padded ? PADDED : 0
  bytes[2] = keyId.length
  bytes.writeUInt16BE(wrapped.length, 3)
  bytes.write(keyId, IDS_AT, 'latin1')
  bytes.set(wrapped, IDS_AT + keyId.length)
  random(bytes.subarray(saltAt, commitmentAt))
  bytes[nonceAt - 1] = BLOCK_NUMBER
  bytes.fill(0, commitmentAt, headEnd)
  return { bytes, padded, keyId, wrapped, nonceAt, commitmentAt, headEnd }
}

/** Takes sealed bytes apart, without copying any; `undefined` for bytes of another form. */
export function decodeEnvelope(sealed: Uint8Array): Envelope | undefined {
  const bytes = Buffer.isBuffer(sealed) ? sealed : Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  if (bytes.length < IDS_AT || bytes[0] !== VERSION || ((bytes[1] as number) & ~PADDED) !== 0) return undefined
  const wrappedAt = IDS_AT + (bytes[2] as number)
  const wrappedBytes = bytes.readUInt16BE(3)
  const nonceAt = wrappedAt + wrappedBytes + SALT_BYTES + 1
  const commitmentAt = nonceAt + NONCE_BYTES
  const headEnd = commitmentAt + COMMITMENT_BYTES
  if (wrappedBytes > LONGEST_WRAPPED || bytes.length < headEnd + TAG_BYTES || bytes[nonceAt - 1] !== BLOCK_NUMBER)
    return undefined
  return {
    bytes,
    padded: bytes[1] === PADDED,
    keyId: bytes.toString('latin1', IDS_AT, wrappedAt),
    wrapped: wrappedBytes === 0 ? NOTHING : bytes.subarray(wrappedAt, wrappedAt + wrappedBytes),
    nonceAt,
    commitmentAt,
    headEnd,
  }
}
