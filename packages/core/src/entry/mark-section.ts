import { isUtf8 } from 'node:buffer'
import type { MarkPair } from './entry.ts'

/** The part of a frame that holds its marks: each a uint16 tag length, a uint8 mark length, the tag in UTF-8, the mark in ASCII. */
export interface MarkSection {
  readonly marks: readonly MarkPair[]
  /** Where it ends and the payload begins. */
  readonly end: number
}

const NO_MARKS: readonly MarkPair[] = []
const NOT_PRINTABLE = /[^ -~]/

/**
 * The last section read. The entries of one cache mostly carry the same marks: reading them again is a comparison of bytes,
 * and the entries share one list in memory.
 */
let last: { readonly bytes: Buffer; readonly marks: readonly MarkPair[] } = { bytes: Buffer.alloc(0), marks: NO_MARKS }

/** How many bytes the marks take in a frame. */
export function markSectionSize(marks: readonly MarkPair[]): number {
  let size = 0
  for (const [tag, mark] of marks) size += 3 + Buffer.byteLength(tag) + mark.length
  return size
}

/**
 * Writes the marks at `start`.
 * @throws RangeError for a tag or a mark that is too long, or not of the characters it is made of.
 */
export function writeMarkSection(frame: Buffer, start: number, marks: readonly MarkPair[]): void {
  let at = start
  for (const [tag, mark] of marks) {
    const tagBytes = frame.write(tag, at + 3)
    if (tagBytes > 0xffff || !tag.isWellFormed() || mark.length > 0xff || NOT_PRINTABLE.test(mark)) {
      throw new RangeError(
        'a frame holds tags of at most 65,535 bytes of valid Unicode, and marks of at most 255 ASCII characters',
      )
    }
    frame.writeUInt16BE(tagBytes, at)
    frame[at + 2] = mark.length
    at += 3 + tagBytes
    at += frame.write(mark, at, 'latin1')
  }
}

/** Reads `count` marks at `start`; `undefined` if the bytes there are something else. */
export function readMarkSection(frame: Buffer, start: number, count: number): MarkSection | undefined {
  const end = endOfSection(frame, start, count)
  if (end === undefined) return undefined
  if (count === 0) return { marks: NO_MARKS, end }
  if (last.bytes.compare(frame, start, end) === 0) return { marks: last.marks, end }
  const marks: MarkPair[] = []
  for (let at = start; at < end;) {
    const markAt = at + 3 + frame.readUInt16BE(at)
    const next = markAt + (frame[at + 2] as number)
    const mark = frame.toString('latin1', markAt, next)
    if (!isUtf8(frame.subarray(at + 3, markAt)) || NOT_PRINTABLE.test(mark)) return undefined
    marks.push([frame.toString('utf8', at + 3, markAt), mark])
    at = next
  }
  last = { bytes: Buffer.from(frame.subarray(start, end)), marks }
  return { marks, end }
}

function endOfSection(frame: Buffer, start: number, count: number): number | undefined {
  let at = start
  for (let i = 0; i < count; i++) {
    if (at + 3 > frame.length) return undefined
    at += 3 + frame.readUInt16BE(at) + (frame[at + 2] as number)
    if (at > frame.length) return undefined
  }
  return at
}
