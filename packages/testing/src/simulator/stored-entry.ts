import { jsonCodec, msgpackCodec } from '@larder/core'
import type { Frame } from '@larder/core/contracts'
import { FRAME, frameHead } from '@larder/core/contracts'

/** What the checker reads in a frame. */
export interface StoredEntry {
  readonly id: string
  readonly expired: boolean
  readonly version: number | undefined
  readonly marks: ReadonlyMap<string, string>
  /** Number of the value, by which the ledger knows it. */
  readonly value: number
}

/** Reads a frame by the layout that `Frame` documents, without the production code's decoder. */
export function readStoredEntry(frame: Frame): StoredEntry {
  const head = frameHead(frame)
  if (head === undefined) throw new Error('the store holds bytes that are no frame')
  const { offset } = FRAME
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
  const marks = new Map<string, string>()
  let at: number = offset.marks
  for (let left = bytes.readUInt16BE(offset.markCount); left > 0; left--) {
    const markAt = at + 3 + bytes.readUInt16BE(at)
    const end = markAt + bytes.readUInt8(at + 2)
    marks.set(bytes.toString('utf8', at + 3, markAt), bytes.toString('latin1', markAt, end))
    at = end
  }
  const codec = bytes[offset.codec] === jsonCodec.id ? jsonCodec : msgpackCodec
  const value = valueNumber(codec.decode(bytes.subarray(at)))
  return { id: head.id, expired: head.expired, version: head.version, marks, value }
}

/** The number of a value: the value itself in a cache of counters, else its field `n`. */
export function valueNumber(value: unknown): number {
  return typeof value === 'number' ? value : (value as { readonly n: number }).n
}
