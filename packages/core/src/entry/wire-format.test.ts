import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expiredFrame, FRAME, frameHead } from '../contracts/frame.ts'
import type { Entry, MarkPair } from './entry.ts'
import { decodeFrame, encodeFrame } from './wire-format.ts'

const plain: Entry = {
  id: 'AAAAAAAAAAAAAAAA',
  codec: 1,
  compression: 0,
  sealed: false,
  expired: false,
  birth: 1_700_000_000_000,
  softAt: 1_700_000_300_000,
  hardAt: 1_700_003_900_000,
  marks: [],
  payload: Buffer.from('c3', 'hex'),
}

const full: Entry = {
  id: 'zZ09-_zZ09-_zZ09',
  codec: 255,
  compression: 7,
  sealed: true,
  expired: true,
  version: Number.MAX_SAFE_INTEGER,
  birth: 1_700_000_000_000.25,
  softAt: Infinity,
  hardAt: Infinity,
  marks: [
    ['@users', '1700000000000-12:abcdefghijklmnop'],
    ['#org:7', 'abcdefghijklmnop'],
    ['#größe 😀', '1-0:x'],
    ['#', ''],
  ],
  payload: Buffer.from('00ff10', 'hex'),
}

const bare: Entry = {
  ...plain,
  version: 0,
  softAt: 0,
  hardAt: 0,
  birth: 0,
  marks: [['@', '0-1:']],
  payload: Buffer.alloc(0),
}

const mark = fc.tuple(
  fc.string({ unit: 'binary', maxLength: 40 }).map((tag) => `#${tag.toWellFormed()}`),
  fc.stringMatching(/^[ -~]{0,40}$/),
)
const instant = fc.oneof(fc.integer().map(Number), fc.double({ noNaN: true, min: 0 }), fc.constant(Infinity))
const anyEntry: fc.Arbitrary<Entry> = fc
  .record({
    id: fc.stringMatching(/^[A-Za-z0-9_-]{16}$/),
    codec: fc.integer({ min: 1, max: 255 }),
    compression: fc.integer({ min: 0, max: 255 }),
    sealed: fc.boolean(),
    expired: fc.boolean(),
    version: fc.option(fc.maxSafeNat(), { nil: undefined }),
    birth: fc.double({ noNaN: true, noDefaultInfinity: true }),
    softAt: instant,
    hardAt: instant,
    marks: fc.array(mark, { maxLength: 5 }),
    payload: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
  })
  .map(({ version, ...rest }) => (version === undefined ? rest : { ...rest, version }))

function entryOf(frame: Uint8Array): Entry {
  const decoded = decodeFrame(frame)
  if (decoded.kind !== 'entry') throw new Error(`decoded as ${decoded.kind}`)
  return decoded.entry
}

describe('golden frames', () => {
  test.each([
    ['v1-plain', plain],
    ['v1-full', full],
    ['v1-bare', bare],
  ])('%s decodes for ever', (name, entry) => {
    const bytes = Buffer.from(
      readFileSync(new URL(`golden/${name}.hex`, import.meta.url), 'ascii').replace(/\s/g, ''),
      'hex',
    )
    expect(entryOf(bytes)).toEqual(entry)
    expect(Buffer.from(encodeFrame(entry)).toString('hex')).toBe(bytes.toString('hex'))
  })
})

describe('encodeFrame and decodeFrame', () => {
  test('are each other’s inverse', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        expect(entryOf(encodeFrame(entry))).toEqual(entry)
      }),
    )
  })

  test('read a frame that is a view in the middle of other bytes', () => {
    fc.assert(
      fc.property(anyEntry, fc.uint8Array({ maxLength: 9 }), (entry, noise) => {
        const frame = encodeFrame(entry)
        const around = new Uint8Array(noise.length * 2 + frame.length).fill(0xff)
        around.set(frame, noise.length)
        expect(entryOf(around.subarray(noise.length, noise.length + frame.length))).toEqual(entry)
      }),
    )
  })

  test('hand out the payload as a view on the frame', () => {
    const frame = encodeFrame(full)
    const { payload } = entryOf(frame)
    expect(payload.buffer).toBe(frame.buffer)
    frame[frame.length - 1] = 0x42
    expect(payload[2]).toBe(0x42)
  })

  test('agree with what stores read in the header', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const frame = encodeFrame(entry)
        const { id, expired, version } = entry
        expect(frameHead(frame)).toEqual(version === undefined ? { id, expired } : { id, expired, version })
        expect(entryOf(expiredFrame(frame))).toEqual({ ...entry, expired: true })
      }),
    )
  })

  test('share one list between frames that carry the same marks', () => {
    const [first, second] = [entryOf(encodeFrame(full)), entryOf(encodeFrame({ ...full, id: 'BBBBBBBBBBBBBBBB' }))]
    expect(second.marks).toBe(first.marks)
  })

  test('refuse to write what could not be read back', () => {
    const wrong: Partial<Entry>[] = [
      { id: 'short' },
      { id: 'é'.repeat(16) },
      { codec: 0 },
      { codec: 256 },
      { compression: -1 },
      { version: -1 },
      { version: 1.5 },
      { birth: NaN },
      { birth: Infinity },
      { softAt: NaN },
      { hardAt: -Infinity },
      { marks: [['#t', 'é']] },
      { marks: [['#t', 'm'.repeat(256)]] },
      { marks: [['#\ud800', 'm']] },
      { marks: [['x'.repeat(0x10000), 'm']] },
      { marks: Array.from({ length: 0x10000 }, (): MarkPair => ['#t', 'm']) },
    ]
    for (const change of wrong)
      expect(() => encodeFrame({ ...plain, ...change }), JSON.stringify(change).slice(0, 60)).toThrow(RangeError)
  })
})

describe('bytes that are not a frame of this release', () => {
  test('a newer format is newer, however little of it is there', () => {
    const frame = encodeFrame(full)
    for (const format of [2, 3, 255]) {
      frame[FRAME.offset.format] = format
      for (let length = 3; length <= frame.length; length++)
        expect(decodeFrame(frame.subarray(0, length)).kind).toBe('newer')
    }
  })

  test('a flag of a later release is newer too', () => {
    for (const bit of [8, 16, 32, 64, 128]) {
      const frame = encodeFrame(plain)
      frame[FRAME.offset.flags] = bit
      expect(decodeFrame(frame).kind).toBe('newer')
    }
  })

  test('a truncated header, or marks cut short, are garbage', () => {
    const frame = encodeFrame(full)
    const payloadAt = frame.length - full.payload.length
    for (let length = 0; length < payloadAt; length++)
      expect(decodeFrame(frame.subarray(0, length))).toEqual({ kind: 'garbage' })
    for (let length = payloadAt; length <= frame.length; length++)
      expect(decodeFrame(frame.subarray(0, length)).kind).toBe('entry')
  })

  test('random bytes, with or without a proper beginning, never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const beginning of ['', 'LD', 'LD\x01', 'LD\x01\0\x01\0', 'LD\x01\x02\x01\0AAAAAAAAAAAAAAAA']) {
          const { kind } = decodeFrame(Buffer.concat([Buffer.from(beginning), bytes]))
          expect(['entry', 'newer', 'garbage']).toContain(kind)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('no single bit turns a frame into a throw or into an entry that cannot be written again', () => {
    for (const entry of [plain, full, bare]) {
      const frame = Buffer.from(encodeFrame(entry))
      for (let bit = 0; bit < frame.length * 8; bit++) {
        const flipped = Buffer.from(frame)
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
        const decoded = decodeFrame(flipped)
        if (decoded.kind === 'entry') expect(entryOf(encodeFrame(decoded.entry))).toEqual(decoded.entry)
      }
    }
  })

  test('a tag that is not UTF-8 and a version that is no version are garbage', () => {
    const tagged = encodeFrame({ ...plain, marks: [['#ab', 'm']] })
    tagged[FRAME.offset.marks + 4] = 0xff
    expect(decodeFrame(tagged).kind).toBe('garbage')
    const versioned = Buffer.from(encodeFrame({ ...plain, version: 3 }))
    versioned.writeDoubleBE(1.5, FRAME.offset.version)
    expect(decodeFrame(versioned).kind).toBe('garbage')
  })
})
