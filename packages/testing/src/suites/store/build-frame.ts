import type { Frame } from '@larder/core/contracts'
import { FRAME } from '@larder/core/contracts'

/** What a frame for a test says. */
export interface FrameFields {
  /** Token of the write: 16 ASCII characters. */
  readonly id: string
  readonly version?: number
  readonly expired?: boolean
  /** Wall ms. Default `Infinity`. */
  readonly softAt?: number
  /** Wall ms. Default `Infinity`. */
  readonly hardAt?: number
  /** Default: empty. */
  readonly payload?: Uint8Array
}

/** Builds a frame without marks, straight from the format's table: it shares no code with what is under test. */
export function buildFrame(fields: FrameFields): Frame {
  const { id, version, expired = false, softAt = Infinity, hardAt = Infinity, payload = new Uint8Array() } = fields
  const { offset, flag } = FRAME
  if (!/^[\x20-\x7e]{16}$/.test(id))
    throw new RangeError(`An entry's id is 16 ASCII characters, got ${JSON.stringify(id)}`)
  const frame = new Uint8Array(offset.marks + payload.length)
  const view = new DataView(frame.buffer)
  view.setUint16(0, FRAME.magic)
  frame[offset.format] = FRAME.format
  frame[offset.flags] = (expired ? flag.expired : 0) | (version === undefined ? 0 : flag.versioned)
  frame[offset.codec] = 1
  for (let i = 0; i < FRAME.idBytes; i++) frame[offset.id + i] = id.charCodeAt(i)
  view.setFloat64(offset.version, version ?? 0)
  view.setFloat64(offset.softAt, softAt)
  view.setFloat64(offset.hardAt, hardAt)
  frame.set(payload, offset.marks)
  return frame
}
