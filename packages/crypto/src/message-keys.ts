import type { Envelope } from './envelope.ts'
import type { Secret } from './secret.ts'

/** What one message is encrypted with, and the proof of it that stands in its head. */
export interface MessageKeys {
  readonly key: Buffer
  readonly commitment: Buffer
}

const KEY_BYTES = 32

/**
 * The keys of the one message that has this head, by its salt. As every message has a key of its own, no number of messages brings two random
 * nonces under one key; and no message opens with two keys, as one made for that could with AES-GCM alone.
 */
export function messageKeys(secret: Secret, { bytes, nonceAt }: Pick<Envelope, 'bytes' | 'nonceAt'>): MessageKeys {
  const derived = secret.expand('value', bytes, nonceAt)
  return { key: derived.subarray(0, KEY_BYTES), commitment: derived.subarray(KEY_BYTES) }
}
