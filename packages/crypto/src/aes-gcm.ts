import { timingSafeEqual } from 'node:crypto'
import type { Opened, Refusal, Sealer } from '@larder/core/contracts'
import { decodeEnvelope, startEnvelope } from './envelope.ts'
import type { Envelope } from './envelope.ts'
import { gcmOpen, gcmSeal } from './gcm.ts'
import { KeyRing } from './key-ring.ts'
import type { OpeningKey, SealingKey } from './key-ring.ts'
import { messageKeys } from './message-keys.ts'
import { pad, unpad } from './padding.ts'
import { fillRandom } from './fill-random.ts'

/** Options of {@link aesGcm}. */
export interface AesGcmOptions {
  /** Its primary key seals; all that are not destroyed open. */
  readonly keyRing: KeyRing
  /**
   * Rounds each value up to a multiple of so many bytes, 2 to 65,536, so that its size tells less of it. Default: none, the size is that of the
   * value.
   */
  readonly padTo?: number
}

/**
 * Seals values with AES-256-GCM, each with a key of its own, derived from the ring's primary key and a random salt (HKDF with SHA-512). What it
 * makes opens only with that key, in the place it was sealed for, and only if not a bit of it was changed.
 * @throws TypeError for wrong options.
 */
export function aesGcm({ keyRing, padTo }: AesGcmOptions): Sealer {
  if (!(keyRing instanceof KeyRing)) throw new TypeError('keyRing must be what createKeyRing() made')
  if (padTo !== undefined && !(Number.isInteger(padTo) && padTo >= 2 && padTo <= 65_536))
    throw new TypeError(`padTo must be an integer from 2 to 65536, got ${String(padTo)}`)
  return {
    name: 'aes-256-gcm',
    seal(payload, binding) {
      const plaintext = padTo === undefined ? payload : pad(payload, padTo)
      const padded = padTo !== undefined
      const key = keyRing.sealingKey()
      return key instanceof Promise
        ? key.then((fetched) => seal(plaintext, binding, { key: fetched, padded }))
        : seal(plaintext, binding, { key, padded })
    },
    open(sealed, binding) {
      const envelope = decodeEnvelope(sealed)
      if (envelope === undefined) return refused('malformed')
      const key = keyRing.openingKey(envelope.keyId, envelope.wrapped)
      return key instanceof Promise
        ? key.then((fetched) => open(envelope, binding, fetched))
        : open(envelope, binding, key)
    },
  }
}

function seal(
  plaintext: Uint8Array,
  binding: Uint8Array,
  how: { readonly key: SealingKey; readonly padded: boolean },
): Uint8Array {
  const { id: keyId, wrapped, secret } = how.key
  const envelope = startEnvelope({ padded: how.padded, keyId, wrapped }, fillRandom, binding.length)
  const { bytes, headEnd } = envelope
  const { key, commitment } = messageKeys(secret, envelope)
  bytes.set(commitment, envelope.commitmentAt)
  bytes.set(binding, headEnd)
  const nonce = bytes.subarray(envelope.nonceAt, envelope.commitmentAt)
  return gcmSeal(plaintext, bytes.subarray(0, headEnd), { key, nonce, associated: bytes })
}

function open(envelope: Envelope, binding: Uint8Array, secret: OpeningKey): Opened {
  if (typeof secret === 'string') return refused(secret)
  const { bytes, nonceAt, commitmentAt, headEnd } = envelope
  const { key, commitment } = messageKeys(secret, envelope)
  if (!timingSafeEqual(commitment, bytes.subarray(commitmentAt, headEnd))) return refused('unauthentic')
  const nonce = bytes.subarray(nonceAt, commitmentAt)
  const associated = Buffer.allocUnsafe(headEnd + binding.length)
  bytes.copy(associated, 0, 0, headEnd)
  associated.set(binding, headEnd)
  const plaintext = gcmOpen(bytes, { key, nonce, associated }, headEnd)
  if (plaintext === undefined) return refused('unauthentic')
  const payload = envelope.padded ? unpad(plaintext) : plaintext
  return payload === undefined ? refused('malformed') : { kind: 'opened', payload }
}

function refused(reason: Refusal): Opened {
  return { kind: 'refused', reason }
}
