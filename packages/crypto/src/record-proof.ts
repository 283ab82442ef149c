import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Append, JournalRecord } from '@larder/core/contracts'
import type { KeyRing } from './key-ring.ts'
import type { Secret } from './secret.ts'

/** What a proof covers. Not the record's place in the journal, which the server gives it. */
type Proven = Pick<JournalRecord, 'nonce' | 'origin' | 'kind' | 'items'>

const SEPARATOR = '~'
const PROOF_BYTES = 32

/** The record with a proof that a holder of the ring's primary key wrote it: `<origin>~<key id>~<HMAC>` in place of its origin. */
export function proveRecord(ring: KeyRing, namespace: string, record: Append): Append {
  const id = ring.primary
  const secret = ring.heldKey(id)
  if (secret === undefined) throw new Error(`the key ${id} is not in this process`)
  const proof = proofOf(secret, namespace, record).toString('base64url')
  return { ...record, origin: [record.origin, id, proof].join(SEPARATOR) }
}

/** The record as it was before {@link proveRecord}; `undefined` unless its proof is right. */
export function provenRecord(ring: KeyRing, namespace: string, record: JournalRecord): JournalRecord | undefined {
  const parts = record.origin.split(SEPARATOR)
  const proof = Buffer.from(parts.pop() ?? '', 'base64url')
  const secret = ring.heldKey(parts.pop() ?? '')
  if (secret === undefined || proof.length !== PROOF_BYTES) return undefined
  const original = { ...record, origin: parts.join(SEPARATOR) }
  return timingSafeEqual(proof, proofOf(secret, namespace, original)) ? original : undefined
}

function proofOf(secret: Secret, namespace: string, { nonce, origin, kind, items }: Proven): Buffer {
  const hmac = createHmac('sha256', keyOf(secret))
  for (const text of [namespace, nonce, origin, kind, ...items]) {
    const bytes = Buffer.from(text)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    hmac.update(length).update(bytes)
  }
  return hmac.digest()
}

const keys = new WeakMap<Secret, KeyObject>()

function keyOf(secret: Secret): KeyObject {
  let key = keys.get(secret)
  if (key === undefined)
    keys.set(secret, (key = createSecretKey(secret.derive('journal', Buffer.of()).subarray(0, 32))))
  return key
}
