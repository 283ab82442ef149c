/**
 * A frame is an entry as bytes: a header of fixed offsets that stores may read, then marks and payload that are none of
 * their business. All numbers are big-endian. Format 1:
 *
 * | offset | bytes | field |
 * |-------:|------:|-------|
 * | 0 | 2 | magic, ASCII `LD` |
 * | 2 | 1 | format version, 1 |
 * | 3 | 1 | flags: 1 expired, 2 versioned, 4 sealed |
 * | 4 | 1 | codec id |
 * | 5 | 1 | compression id, 0 = none |
 * | 6 | 16 | id, ASCII: the token of the write that made the entry |
 * | 22 | 8 | version, float64; 0 unless flag 2 is set |
 * | 30 | 8 | birth, float64, wall ms: when the load or the write that made it began |
 * | 38 | 8 | soft expiry, float64, wall ms, may be +Infinity |
 * | 46 | 8 | hard expiry, float64, wall ms, may be +Infinity |
 * | 54 | 2 | number of marks, uint16 |
 * | 56 | … | each mark: uint16 tag length, uint8 mark length, tag (UTF-8), mark (ASCII) |
 * | … | … | payload, to the end |
 */
export type Frame = Uint8Array

/** Offsets and flag bits of a frame's header; see {@link Frame}. */
export const FRAME = {
  magic: 0x4c44,
  format: 1,
  offset: {
    format: 2,
    flags: 3,
    codec: 4,
    compression: 5,
    id: 6,
    version: 22,
    birth: 30,
    softAt: 38,
    hardAt: 46,
    markCount: 54,
    marks: 56,
  },
  idBytes: 16,
  flag: { expired: 1, versioned: 2, sealed: 4 },
} as const

/** What a store may know of an entry without decoding it. */
export interface FrameHead {
  /** Token of the write that made the entry. */
  readonly id: string
  /** Whether `expire()` flagged it: it may only be shown as a stale value, on request. */
  readonly expired: boolean
  /** Version given by the writer, a non-negative safe integer; absent for unversioned entries. */
  readonly version?: number
}

/**
 * Reads the part of a frame that stores act on. Returns `undefined` for bytes that are not a frame of a format this
 * release knows: a store treats such a value as an entry it cannot judge (it is neither returned by `take` nor edited).
 */
export function frameHead(frame: Frame): FrameHead | undefined {
  const { offset, flag } = FRAME
  if (frame.length < offset.marks) return undefined
  if (((frame[0] as number) << 8) + (frame[1] as number) !== FRAME.magic || frame[offset.format] !== FRAME.format)
    return undefined
  const flags = frame[offset.flags] as number
  let id = ''
  for (let i = 0; i < FRAME.idBytes; i++) id += String.fromCharCode(frame[offset.id + i] as number)
  const expired = (flags & flag.expired) !== 0
  if ((flags & flag.versioned) === 0) return { id, expired }
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  return { id, expired, version: view.getFloat64(offset.version) }
}

/** A copy of the frame with the `expired` flag set. */
export function expiredFrame(frame: Frame): Frame {
  const copy = Uint8Array.from(frame)
  copy[FRAME.offset.flags] = (copy[FRAME.offset.flags] as number) | FRAME.flag.expired
  return copy
}
