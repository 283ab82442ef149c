import type { Frame } from '@larder/core/contracts'

/** The right to fill. */
export interface LeasePart {
  readonly token: string
  /** Version of the `set` that left the lease. */
  readonly version: number | undefined
  /** Wall ms. */
  readonly endsAt: number
}

/** The highest version seen. */
export interface FloorPart {
  readonly version: number
  /** Wall ms, may be `Infinity`. */
  readonly endsAt: number
}

/** An entry. */
export interface EntryPart {
  readonly frame: Frame
  /** Wall ms, may be `Infinity`. */
  readonly endsAt: number
}

/**
 * All that belongs to one key, in one item, so that one compare-and-set changes it: entry, lease and version floor live and are evicted together. As
 * bytes, numbers big-endian:
 *
 * | bytes | field |
 * |------:|-------|
 * | 2 | magic, ASCII `LM` |
 * | 1 | format version, 1 |
 * | 1 | parts: 1 lease, 2 version of the lease, 4 floor, 8 entry |
 * | 1 + n, 8, (8) | lease: length of the token, token (ASCII), end as float64 wall ms; its version as float64 |
 * | 8, 8 | floor: version as float64, end as float64 wall ms |
 * | 8, … | entry: end as float64 wall ms; the frame, to the end |
 */
export interface ItemState {
  readonly lease: LeasePart | undefined
  readonly floor: FloorPart | undefined
  readonly entry: EntryPart | undefined
}

const MAGIC = 0x4c4d
const FORMAT = 1
const PART = { lease: 1, leaseVersion: 2, floor: 4, entry: 8 } as const
const HEAD_BYTES = 4

/** What is under a key that holds nothing. */
export const NOTHING: ItemState = { lease: undefined, floor: undefined, entry: undefined }

/** The item's value, in a buffer of its own. */
export function encodeState({ lease, floor, entry }: ItemState): Buffer {
  const token = lease === undefined ? undefined : Buffer.from(lease.token, 'latin1')
  const leaseBytes = token === undefined ? 0 : 1 + token.length + 8 + (lease?.version === undefined ? 0 : 8)
  const entryBytes = entry === undefined ? 0 : 8 + entry.frame.length
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + leaseBytes + (floor === undefined ? 0 : 16) + entryBytes)
  bytes.writeUInt16BE(MAGIC, 0)
  bytes[2] = FORMAT
  bytes[3] = partsOf({ lease, floor, entry })
  let at = HEAD_BYTES
  if (lease !== undefined && token !== undefined) {
    at = bytes.writeUInt8(token.length, at)
    at += token.copy(bytes, at)
    at = bytes.writeDoubleBE(lease.endsAt, at)
    if (lease.version !== undefined) at = bytes.writeDoubleBE(lease.version, at)
  }
  if (floor !== undefined) {
    at = bytes.writeDoubleBE(floor.version, at)
    at = bytes.writeDoubleBE(floor.endsAt, at)
  }
  if (entry !== undefined) {
    at = bytes.writeDoubleBE(entry.endsAt, at)
    bytes.set(entry.frame, at)
  }
  return bytes
}

/** What an item's value says; nothing, for bytes that this release does not know. The frame is a view on `bytes`. */
export function decodeState(bytes: Buffer): ItemState {
  try {
    return decode(bytes)
  } catch (error) {
    // Cut short.
    if (error instanceof RangeError) return NOTHING
    throw error
  }
}

function decode(bytes: Buffer): ItemState {
  if (bytes.readUInt16BE(0) !== MAGIC || bytes.readUInt8(2) !== FORMAT) return NOTHING
  const parts = bytes.readUInt8(3)
  let at = HEAD_BYTES
  const number = (): number => {
    at += 8
    return bytes.readDoubleBE(at - 8)
  }
  let lease: LeasePart | undefined
  if ((parts & PART.lease) !== 0) {
    const start = at + 1
    at = start + bytes.readUInt8(at)
    const token = bytes.toString('latin1', start, at)
    const endsAt = number()
    lease = { token, endsAt, version: (parts & PART.leaseVersion) === 0 ? undefined : number() }
  }
  const floor = (parts & PART.floor) === 0 ? undefined : { version: number(), endsAt: number() }
  const endsAt = (parts & PART.entry) === 0 ? undefined : number()
  return { lease, floor, entry: endsAt === undefined ? undefined : { frame: bytes.subarray(at), endsAt } }
}

function partsOf({ lease, floor, entry }: ItemState): number {
  return (
    (lease === undefined ? 0 : PART.lease) |
    (lease?.version === undefined ? 0 : PART.leaseVersion) |
    (floor === undefined ? 0 : PART.floor) |
    (entry === undefined ? 0 : PART.entry)
  )
}
