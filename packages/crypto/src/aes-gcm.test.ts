import { hkdfSync } from 'node:crypto'
import type { Opened } from '@larder/core/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { testKey } from '../test/keys.ts'
import { aesGcm } from './aes-gcm.ts'
import { createKeyRing } from './create-key-ring.ts'
import { decodeEnvelope, startEnvelope } from './envelope.ts'
import type { Envelope } from './envelope.ts'
import { gcmOpen, gcmSeal } from './gcm.ts'
import { messageKeys } from './message-keys.ts'
import { pad, unpad } from './padding.ts'
import { Secret } from './secret.ts'
import { keyObject } from './key-material.ts'

const keyRing = createKeyRing({ primary: 'a', keys: { a: testKey('a'), b: testKey('b') } })
const sealer = aesGcm({ keyRing })
const binding = Buffer.from('what the value is bound to')
const seal = (text: string): Buffer => Buffer.from(sealer.seal(Buffer.from(text), binding) as Uint8Array)
const open = (bytes: Uint8Array, to: Uint8Array = binding): Opened => sealer.open(bytes, to) as Opened

describe('aesGcm', () => {
  test('opens what it sealed, of any length, at once', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), fc.uint8Array({ maxLength: 300 }), (value, bound) => {
        const opened = open(sealer.seal(value, bound) as Uint8Array, bound)
        expect(opened.kind === 'opened' && Buffer.compare(opened.payload, value)).toBe(0)
      }),
    )
  })

  test('a value cannot be seen in what is sealed', () => {
    expect(seal('a canary in the value').includes('canary')).toBe(false)
  })

  test('checklist, crypto: every message has a salt and a nonce of its own', () => {
    const parts = Array.from({ length: 3_000 }, () => {
      const { bytes, nonceAt, commitmentAt } = decodeEnvelope(seal('the same value')) as Envelope
      return [bytes.subarray(nonceAt - 33, nonceAt - 1), bytes.subarray(nonceAt, commitmentAt)] as const
    })
    expect(new Set(parts.map(([salt]) => salt.toString('hex'))).size).toBe(3_000)
    expect(new Set(parts.map(([, nonce]) => nonce.toString('hex'))).size).toBe(3_000)
    expect(parts[0]?.map((part) => part.length)).toEqual([32, 12])
  })

  test('checklist, crypto: each message has a key of its own, made by HKDF from its random salt', () => {
    const key = testKey('a')
    const { bytes, nonceAt, commitmentAt, headEnd } = decodeEnvelope(seal('value')) as Envelope
    const info = bytes.subarray(0, nonceAt - 1)
    const expected = Buffer.from(hkdfSync('sha512', key, 'larder/1/value', info, 64))
    expect(bytes.subarray(commitmentAt, headEnd)).toEqual(expected.subarray(32))
    const input = { key: expected.subarray(0, 32), nonce: bytes.subarray(nonceAt, commitmentAt) }
    const associated = Buffer.concat([bytes.subarray(0, headEnd), binding])
    expect(gcmOpen(bytes.subarray(headEnd), { ...input, associated })?.toString()).toBe('value')
  })

  test('checklist, crypto: keys for different purposes never agree', () => {
    const secret = new Secret(keyObject(testKey('a'), 'key'))
    const derived = (['value', 'names', 'journal', 'id'] as const).map((purpose) =>
      secret.derive(purpose, Buffer.of()).toString('hex'),
    )
    expect(new Set(derived).size).toBe(4)
  })

  test('checklist, crypto: no single flipped bit opens', () => {
    const sealed = seal('forty bytes of a value, more or less ...')
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = Buffer.from(sealed)
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(open(flipped).kind).toBe('refused')
    }
  })

  test('checklist, crypto: no truncation opens, and nothing with bytes behind it', () => {
    const sealed = seal('forty bytes of a value, more or less ...')
    for (let length = 0; length < sealed.length; length++) expect(open(sealed.subarray(0, length)).kind).toBe('refused')
    expect(open(Buffer.concat([sealed, Buffer.of(0)])).kind).toBe('refused')
  })

  test('checklist, crypto: no bytes make it throw', () => {
    const genuine = seal('a genuine value')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(100), (bytes, kept) => {
        expect(open(bytes).kind).toBe('refused')
        expect(open(Buffer.concat([genuine.subarray(0, kept), bytes])).kind).toBe('refused')
      }),
      { numRuns: 2_000 },
    )
  })

  test('checklist, crypto: the key id selects exactly one key; an unknown one opens nothing', () => {
    const sealed = seal('value')
    const others = aesGcm({ keyRing: createKeyRing({ primary: 'b', keys: { b: testKey('a'), c: testKey('c') } }) })
    expect(others.open(sealed, binding)).toEqual({ kind: 'refused', reason: 'unknown-key' })
    const gone = aesGcm({
      keyRing: createKeyRing({ primary: 'b', keys: { b: testKey('b'), a: { state: 'destroyed' } } }),
    })
    expect(gone.open(sealed, binding)).toEqual({ kind: 'refused', reason: 'destroyed-key' })
  })

  test('checklist, crypto: another key under the same id is not the key', () => {
    const sealed = seal('value')
    const other = aesGcm({ keyRing: createKeyRing({ primary: 'a', keys: { a: testKey('not a') } }) })
    expect(other.open(sealed, binding)).toEqual({ kind: 'refused', reason: 'unauthentic' })
  })

  test('checklist, crypto: a message that is authentic, but not committed to its key, does not open', () => {
    const make = (change: (commitment: Buffer) => void): Uint8Array => {
      const envelope = startEnvelope({ padded: false, keyId: 'a', wrapped: Buffer.of() }, (bytes) => bytes.fill(5), 0)
      const { bytes, nonceAt, commitmentAt } = envelope
      const { key, commitment } = messageKeys(new Secret(keyObject(testKey('a'), 'key')), envelope)
      change(commitment)
      bytes.set(commitment, commitmentAt)
      const input = { key, nonce: bytes.subarray(nonceAt, commitmentAt), associated: Buffer.concat([bytes, binding]) }
      return gcmSeal(Buffer.from('value'), bytes, input)
    }
    expect(open(make(() => {})).kind).toBe('opened')
    expect(open(make((commitment) => commitment.fill(1)))).toEqual({ kind: 'refused', reason: 'unauthentic' })
  })

  test('checklist, crypto: what is sealed for one place does not open in another', () => {
    expect(open(seal('value'), Buffer.from('another place'))).toEqual({ kind: 'refused', reason: 'unauthentic' })
  })

  test('an empty value is a value', () => {
    const opened = open(seal(''))
    expect(opened.kind === 'opened' && opened.payload.length).toBe(0)
  })

  test('checklist, crypto: padding hides the length, and may be changed without losing what is stored', () => {
    const padding = aesGcm({ keyRing, padTo: 256 })
    const lengths = ['', 'short', 'x'.repeat(255)].map(
      (text) => (padding.seal(Buffer.from(text), binding) as Uint8Array).length,
    )
    expect(new Set(lengths).size).toBe(1)
    const opened = open(padding.seal(Buffer.from('short'), binding) as Uint8Array)
    expect(opened.kind === 'opened' && Buffer.from(opened.payload).toString()).toBe('short')
    fc.assert(
      fc.property(fc.uint8Array(), fc.integer({ min: 2, max: 300 }), (value, block) => {
        expect(unpad(pad(value, block))).toEqual(value)
        expect(pad(value, block).length % block).toBe(0)
      }),
    )
    expect(unpad(Buffer.alloc(16))).toBeUndefined()
  })

  test('refuses wrong options, naming them', () => {
    expect(() => aesGcm({ keyRing: {} as never })).toThrow(/keyRing must be/)
    for (const padTo of [1, 0, 1.5, 70_000, '16' as never])
      expect(() => aesGcm({ keyRing, padTo })).toThrow(/padTo must be/)
  })
})
