import type { Frame } from '../contracts/frame.ts'
import { FRAME } from '../contracts/frame.ts'
import type { Entry } from './entry.ts'
import { markSectionSize, readMarkSection, writeMarkSection } from './mark-section.ts'

const { offset, flag, idBytes } = FRAME
const KNOWN_FLAGS = flag.expired | flag.versioned | flag.sealed
const NOT_PRINTABLE = /[^ -~]/

/**
 * What bytes from a store turned out to be. `newer`: a frame of a later release, a miss that must not delete it.
 * `garbage`: bytes that no release wrote.
 */
export type Decoded =
  { readonly kind: 'entry'; readonly entry: Entry } | { readonly kind: 'newer' } | { readonly kind: 'garbage' }

const NEWER: Decoded = Object.freeze({ kind: 'newer' })
const GARBAGE: Decoded = Object.freeze({ kind: 'garbage' })

/**
 * An entry as bytes of their own; {@link Frame} describes the layout.
 * @throws RangeError for a field outside the bounds that {@link Entry} states.
 */
export function encodeFrame(entry: Entry): Frame {
  const { id, codec, compression, version, birth, softAt, hardAt, marks, payload } = entry
  if (id.length !== idBytes || NOT_PRINTABLE.test(id))
    throw new RangeError(`an entry's id has ${idBytes} ASCII characters`)
  if (!isByte(codec) || codec === 0 || !isByte(compression)) throw new RangeError('codec and compression ids are bytes')
  if (version !== undefined && !isVersion(version)) throw new RangeError('a version is a non-negative safe integer')
  if (!Number.isFinite(birth) || !isInstant(softAt) || !isInstant(hardAt)) throw new RangeError('times are wall ms')
  if (marks.length > 0xffff) throw new RangeError('an entry has at most 65,535 marks')

  const payloadAt = offset.marks + markSectionSize(marks)
  // Not from the pool: a frame may live as long as its entry, and would keep its neighbours' bytes alive.
  const frame = Buffer.allocUnsafeSlow(payloadAt + payload.length)
  frame.writeUInt16BE(FRAME.magic)
  frame[offset.format] = FRAME.format
  frame[offset.flags] =
    (entry.expired ? flag.expired : 0) | (version === undefined ? 0 : flag.versioned) | (entry.sealed ? flag.sealed : 0)
  frame[offset.codec] = codec
  frame[offset.compression] = compression
  frame.write(id, offset.id, 'latin1')
  frame.writeDoubleBE(version ?? 0, offset.version)
  frame.writeDoubleBE(birth, offset.birth)
  frame.writeDoubleBE(softAt, offset.softAt)
  frame.writeDoubleBE(hardAt, offset.hardAt)
  frame.writeUInt16BE(marks.length, offset.markCount)
  writeMarkSection(frame, offset.marks, marks)
  frame.set(payload, payloadAt)
  return frame
}

/**
 * Reads a frame; never throws. The entry's payload is a view on the frame's bytes, not a copy. More than `most` bytes are garbage: nothing here
 * wrote them.
 */
export function decodeFrame(frame: Frame, most: number = Infinity): Decoded {
  const bytes = Buffer.isBuffer(frame) ? frame : Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
  if (bytes.length <= offset.format || bytes.length > most || bytes.readUInt16BE() !== FRAME.magic) return GARBAGE
  const format = bytes[offset.format] as number
  if (format > FRAME.format) return NEWER
  if (format !== FRAME.format || bytes.length < offset.marks) return GARBAGE
  const flags = bytes[offset.flags] as number
  // A flag of a later release changes what the entry means; without knowing how, it must not be used.
  if ((flags & ~KNOWN_FLAGS) !== 0) return NEWER

  const id = bytes.toString('latin1', offset.id, offset.id + idBytes)
  const codec = bytes[offset.codec] as number
  const version = bytes.readDoubleBE(offset.version)
  const versioned = (flags & flag.versioned) !== 0
  const birth = bytes.readDoubleBE(offset.birth)
  const softAt = bytes.readDoubleBE(offset.softAt)
  const hardAt = bytes.readDoubleBE(offset.hardAt)
  const section = readMarkSection(bytes, offset.marks, bytes.readUInt16BE(offset.markCount))
  if (
    section === undefined ||
    NOT_PRINTABLE.test(id) ||
    codec === 0 ||
    !(versioned ? isVersion(version) : Object.is(version, 0)) ||
    !Number.isFinite(birth) ||
    !isInstant(softAt) ||
    !isInstant(hardAt)
  ) {
    return GARBAGE
  }
  const entry: Entry = {
    id,
    codec,
    compression: bytes[offset.compression] as number,
    sealed: (flags & flag.sealed) !== 0,
    expired: (flags & flag.expired) !== 0,
    birth,
    softAt,
    hardAt,
    marks: section.marks,
    payload: bytes.subarray(section.end),
  }
  return { kind: 'entry', entry: versioned ? { ...entry, version } : entry }
}

function isByte(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xff
}

function isVersion(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

/** An instant in wall ms, or never. */
function isInstant(value: number): boolean {
  return value > -Infinity
}
