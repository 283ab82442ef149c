import { createCipheriv } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVectors } from '../test/vectors/read-vectors.ts'
import { referenceGcm } from '../test/vectors/reference-gcm.ts'
import { gcmOpen, gcmSeal } from './gcm.ts'

const NO_HEAD = new Uint8Array(0)
const hex = (text: string): Buffer => Buffer.from(text, 'hex')

/** Test cases 13 to 16 of the specification of GCM that NIST received: those with a 256-bit key and a 96-bit nonce. */
const P64 =
  'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255'
const C64 =
  '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad'
const K = 'feffe9928665731c6d6a8f9467308308'.repeat(2)
const CASES = [
  { key: '00'.repeat(32), iv: '00'.repeat(12), aad: '', msg: '', ct: '', tag: '530f8afbc74536b9a963b4f1c4cb738b' },
  {
    key: '00'.repeat(32),
    iv: '00'.repeat(12),
    aad: '',
    msg: '00'.repeat(16),
    ct: 'cea7403d4d606b6e074ec5d3baf39d18',
    tag: 'd0d1c8a799996bf0265b98b5d48ab919',
  },
  { key: K, iv: 'cafebabefacedbaddecaf888', aad: '', msg: P64, ct: C64, tag: 'b094dac5d93471bdec1a502270e3cc6c' },
  {
    key: K,
    iv: 'cafebabefacedbaddecaf888',
    aad: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    msg: P64.slice(0, 120),
    ct: C64.slice(0, 120),
    tag: '76fc6ece0f4e1768cddf8853bb2d551b',
  },
]

describe('AES-256-GCM', () => {
  test.each(CASES)('gives the ciphertext and tag of the specification ($tag)', ({ key, iv, aad, msg, ct, tag }) => {
    const input = { key: hex(key), nonce: hex(iv), associated: hex(aad) }
    expect(gcmSeal(hex(msg), NO_HEAD, input).toString('hex')).toBe(ct + tag)
    expect(gcmOpen(hex(ct + tag), input)?.toString('hex')).toBe(msg)
  })

  test('checklist, crypto: a tag of 4, 8 or 12 bytes is refused', () => {
    const input = { key: Buffer.alloc(32, 7), nonce: Buffer.alloc(12, 9), associated: Buffer.from('bound') }
    for (const authTagLength of [4, 8, 12] as const) {
      const cipher = createCipheriv('aes-256-gcm', input.key, input.nonce, { authTagLength })
      cipher.setAAD(input.associated)
      const short = Buffer.concat([
        cipher.update('a value of some length, more than a tag'),
        cipher.final(),
        cipher.getAuthTag(),
      ])
      expect(gcmOpen(short, input)).toBeUndefined()
    }
  })

  test('checklist, crypto: bytes that are shorter than a tag, and nonces of another length, are refused', () => {
    const input = { key: Buffer.alloc(32, 7), nonce: Buffer.alloc(12, 9), associated: NO_HEAD }
    const sealed = gcmSeal(Buffer.from('value'), NO_HEAD, input)
    for (let length = 0; length < sealed.length; length++)
      expect(gcmOpen(sealed.subarray(0, length), input)).toBeUndefined()
    expect(gcmOpen(sealed, { ...input, nonce: Buffer.alloc(16, 9) })).toBeUndefined()
  })

  test('checklist, crypto: plaintext is returned only after all of it was verified', () => {
    const input = { key: Buffer.alloc(32, 7), nonce: Buffer.alloc(12, 9), associated: NO_HEAD }
    const sealed = gcmSeal(Buffer.alloc(100_000, 'x'), NO_HEAD, input)
    sealed[sealed.length - 1] = (sealed.at(-1) as number) ^ 1
    expect(gcmOpen(sealed, input)).toBeUndefined()
  })
})

interface Wycheproof {
  readonly testGroups: readonly {
    readonly keySize: number
    readonly ivSize: number
    readonly tagSize: number
    readonly tests: readonly {
      readonly tcId: number
      readonly comment: string
      readonly result: 'valid' | 'acceptable' | 'invalid'
      readonly key: string
      readonly iv: string
      readonly aad: string
      readonly msg: string
      readonly ct: string
      readonly tag: string
    }[]
  }[]
}

describe('checklist, crypto: test vectors', () => {
  test('NIST’s have their results, also where nothing may be decrypted', () => {
    const found = readVectors(new URL('../test/vectors/nist-cavp-gcm-256.rsp', import.meta.url))
    expect([found.length, found.filter(({ plaintext }) => plaintext === undefined).length]).toEqual([250, 66])
    for (const { key, nonce, associated, plaintext, sealed } of found) {
      const input = { key: hex(key), nonce: hex(nonce), associated: hex(associated) }
      expect(gcmOpen(hex(sealed), input)?.toString('hex')).toBe(plaintext)
      if (plaintext !== undefined) expect(gcmSeal(hex(plaintext), NO_HEAD, input).toString('hex')).toBe(sealed)
    }
  })

  test('any text of any length agrees with GCM written down from its specification', () => {
    const bytes = (most: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: most })
    const fixed = (length: number): fc.Arbitrary<Uint8Array> =>
      fc.oneof(
        fc.uint8Array({ minLength: length, maxLength: length }),
        fc.constantFrom(Buffer.alloc(length), Buffer.alloc(length, 0xff)),
      )
    fc.assert(
      fc.property(
        bytes(70),
        fixed(32),
        fc.record({ nonce: fixed(12), associated: bytes(40) }),
        (plaintext, key, how) => {
          const sealed = gcmSeal(plaintext, NO_HEAD, { key, ...how })
          expect(sealed).toEqual(referenceGcm(plaintext, key, how))
          expect(gcmOpen(sealed, { key, ...how })).toEqual(Buffer.from(plaintext))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a tag that was changed as Project Wycheproof changes tags opens nothing', () => {
    const input = { key: Buffer.alloc(32, 7), nonce: Buffer.alloc(12, 9), associated: Buffer.from('bound') }
    const sealed = gcmSeal(Buffer.from('a value of some length'), NO_HEAD, input)
    const tagAt = sealed.length - 16
    const tag = sealed.subarray(tagAt)
    const changed = [
      ...Array.from({ length: 128 }, (_, bit) =>
        tag.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
      ),
      ...[0x01, 0x80, 0xff].map((mask) => tag.map((byte) => byte ^ mask)),
      tag.map((byte, at) => (at < 8 ? byte : byte ^ 0xff)),
      tag.map((byte, at) => (at < 12 ? byte : byte ^ 0xff)),
      Buffer.alloc(16),
      Buffer.alloc(16, 0xff),
      Buffer.from(tag).reverse(),
      Buffer.concat([tag.subarray(8), tag.subarray(0, 8)]),
    ]
    for (const wrong of changed)
      expect(
        gcmOpen(Buffer.concat([sealed.subarray(0, tagAt), wrong]), input),
        Buffer.from(wrong).toString('hex'),
      ).toBeUndefined()
    for (const bytes of [0, 1, 8, 11, 13, 16])
      expect(gcmOpen(sealed, { ...input, nonce: Buffer.alloc(bytes, 9) }), `a nonce of ${bytes} bytes`).toBeUndefined()
  })
})

/**
 * Project Wycheproof (C2SP/wycheproof, Apache-2.0) is not copied into this repository: give the path of its `testvectors_v1/aes_gcm_test.json`.
 */
const vectors = process.env['LARDER_WYCHEPROOF_AES_GCM'] ?? ''

describe.skipIf(!existsSync(vectors))('checklist, crypto: Wycheproof, set in LARDER_WYCHEPROOF_AES_GCM', () => {
  test('every vector with a 256-bit key, a 96-bit nonce and a 128-bit tag has its result', () => {
    const { testGroups } = JSON.parse(readFileSync(vectors, 'utf8')) as Wycheproof
    const groups = testGroups.filter((group) => group.keySize === 256 && group.ivSize === 96 && group.tagSize === 128)
    const tests = groups.flatMap((group) => group.tests)
    expect(tests.length).toBeGreaterThan(50)
    for (const { tcId, key, iv, aad, msg, ct, tag, result } of tests) {
      const input = { key: hex(key), nonce: hex(iv), associated: hex(aad) }
      const opened = gcmOpen(hex(ct + tag), input)?.toString('hex')
      expect({ tcId, opened }).toEqual({ tcId, opened: result === 'valid' ? msg : undefined })
      if (result === 'valid') expect(gcmSeal(hex(msg), NO_HEAD, input).toString('hex')).toBe(ct + tag)
    }
  })
})
