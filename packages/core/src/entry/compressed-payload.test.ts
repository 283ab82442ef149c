import { readFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { brotli } from '../compression/brotli.ts'
import { gzip } from '../compression/gzip.ts'
import { lz4 } from '../compression/lz4.ts'
import { hasZstd, zstd } from '../compression/zstd.ts'
import type { Compressor } from '../contracts/compressor.ts'
import { compressPayload, decompressPayload } from './compressed-payload.ts'
import type { Decompressed } from './compressed-payload.ts'
import type { Entry } from './entry.ts'

const MOST = 16 * 1024 * 1024
const compressors: readonly Compressor[] = [gzip(), brotli(), lz4(), ...(hasZstd() ? [zstd()] : [])]
const text = Buffer.from(
  JSON.stringify(Array.from({ length: 100 }, (_, id) => ({ id, name: `user ${id}`, active: true }))),
)

function entryWith(payload: Uint8Array): Entry {
  const times = { birth: 1, softAt: 2, hardAt: 3 }
  return { id: 'a'.repeat(16), codec: 1, compression: 0, sealed: false, expired: false, ...times, marks: [], payload }
}

async function compressed(payload: Uint8Array, compressor: Compressor): Promise<Buffer> {
  const entry = await compressPayload(entryWith(payload), compressor)
  expect(entry.compression).toBe(compressor.id)
  return Buffer.from(entry.payload)
}

async function decompressed(bytes: Uint8Array, compressor: Compressor, most = MOST): Promise<Decompressed> {
  return decompressPayload(bytes, compressor, most)
}

/** What a liar puts before compressed bytes. */
function claiming(length: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(length)
  return Buffer.concat([head, body])
}

describe.each(compressors.map((one) => [one.name, one] as const))('%s', (name, compressor) => {
  test('gives back what it was given, whatever its size', async () => {
    const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(chunk, fc.integer({ min: 1, max: 12_000 }), async (bytes, times) => {
        const payload = Buffer.concat(Array.from({ length: times }, () => bytes))
        const entry = await compressPayload(entryWith(payload), compressor)
        if (entry.compression === 0) {
          expect(entry.payload).toBe(payload)
          return
        }
        expect(entry.payload.length).toBeLessThan(payload.length)
        const answer = await decompressed(entry.payload, compressor)
        expect(answer.kind === 'decompressed' && Buffer.from(answer.payload).equals(payload)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test('leaves what would not get smaller as it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (payload) => {
        const entry = entryWith(payload)
        const result = await compressPayload(entry, compressor)
        expect(result === entry || result.payload.length < payload.length).toBe(true)
      }),
    )
  })

  test('keeps no more memory than the value has bytes', async () => {
    const answer = await decompressed(await compressed(text, compressor), compressor)
    if (answer.kind !== 'decompressed') throw new Error(answer.reason)
    expect(answer.payload.buffer.byteLength).toBeLessThanOrEqual(Math.max(4096, text.length + 1))
  })

  test('bytes of every release decode for ever', async () => {
    const hex = readFileSync(new URL(`golden/v1-payload-${name}.hex`, import.meta.url), 'ascii').replace(/\s/g, '')
    const answer = await decompressed(Buffer.from(hex, 'hex'), compressor)
    expect(answer.kind === 'decompressed' && Buffer.from(answer.payload).equals(text)).toBe(true)
  })

  test('no flipped bit and no missing byte gives another value', async () => {
    const bytes = await compressed(text, compressor)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      const answer = await decompressed(flipped, compressor)
      if (answer.kind === 'decompressed') expect(Buffer.from(answer.payload).equals(text)).toBe(true)
    }
    for (let length = 0; length < bytes.length; length++) {
      const answer = await decompressed(bytes.subarray(0, length), compressor)
      // Of some algorithms the last bytes are a checksum, or an end mark, that the value can do without.
      if (answer.kind === 'decompressed') expect(Buffer.from(answer.payload).equals(text)).toBe(true)
      else expect(['malformed', 'too-large']).toContain(answer.reason)
    }
  })

  test('random bytes end in a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 100 }),
        fc.integer({ min: 0, max: 2 ** 21 }),
        async (bytes, length) => {
          expect((await decompressed(claiming(length, bytes), compressor)).kind).toBe('refused')
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('a bomb', () => {
  const zeros = Buffer.alloc(64 * 1024 * 1024)
  const bombs: readonly (readonly [string, Compressor, Buffer])[] = [
    ['gzip', gzip(), gzipSync(zeros, { level: 9 })],
    ['brotli', brotli(), brotliCompressSync(zeros)],
  ]

  test.each(bombs)('of %s that says what it is, is refused before it goes off', async (_name, compressor, body) => {
    const spy: Compressor = {
      ...compressor,
      decompress: () => {
        throw new Error('was opened')
      },
    }
    expect(await decompressed(claiming(zeros.length, body), spy)).toEqual({ kind: 'refused', reason: 'too-large' })
    // More than the ratio allows, though less than a value may have.
    expect(await decompressed(claiming(8 * 1024 * 1024, body.subarray(0, 300)), spy)).toEqual({
      kind: 'refused',
      reason: 'too-large',
    })
  })

  test.each(bombs)('of %s that says it is small, is given up at the size it said', async (_name, compressor, body) => {
    for (const length of [1, 1_000, 100_000]) {
      const answer = await decompressed(claiming(length, body), compressor)
      expect(answer).toMatchObject({ kind: 'refused', reason: 'malformed', cause: { code: 'ERR_BUFFER_TOO_LARGE' } })
    }
  })

  test('of LZ4 that says it is small, is not opened', async () => {
    const body = Buffer.alloc(1_000)
    body.writeUInt32LE(2 ** 31)
    expect(await decompressed(claiming(1_000, body), lz4())).toMatchObject({ reason: 'malformed' })
  })

  test('is not made by ourselves: a value that shrinks as only bombs do is stored as it is', async () => {
    const entry = entryWith(Buffer.alloc(4 * 1024 * 1024))
    expect(await compressPayload(entry, brotli())).toBe(entry)
    const small = await compressPayload(entryWith(Buffer.alloc(100_000)), brotli())
    expect(small.payload.length).toBeLessThan(100)
    expect(await decompressed(small.payload, brotli())).toMatchObject({ kind: 'decompressed' })
  })

  test('no value is larger than maxValueBytes', async () => {
    const bytes = await compressed(text, gzip())
    expect(await decompressed(bytes, gzip(), text.length - 1)).toMatchObject({ reason: 'too-large' })
    expect(await decompressed(bytes, gzip(), text.length)).toMatchObject({ kind: 'decompressed' })
  })
})
