import { crc32 } from 'node:zlib'
import type { Compressor } from '../contracts/compressor.ts'
import type { DecompressionFailure } from '../errors/decompression-error.ts'
import type { Entry } from './entry.ts'
import { isPromise } from './is-promise.ts'

/** What stands before compressed bytes: how many bytes they make, and the CRC-32 of those, each as a big-endian uint32. */
const HEAD_BYTES = 8

/**
 * How much may come out of how little. No value that a program makes shrinks so far, and LZ4 cannot get there at all; what does shrink further is
 * stored as it is. Small values may: the harm they can do is bounded anyway.
 */
const LARGEST_RATIO = 256
const SMALL_BYTES = 1024 * 1024

/** What came of decompressing. */
export type Decompressed =
  | { readonly kind: 'decompressed'; readonly payload: Uint8Array }
  | { readonly kind: 'refused'; readonly reason: DecompressionFailure; readonly cause?: unknown }

const MALFORMED: Decompressed = { kind: 'refused', reason: 'malformed' }
const TOO_LARGE: Decompressed = { kind: 'refused', reason: 'too-large' }

/** The entry with its payload compressed, or the same entry if that does not make it smaller. Throws, or rejects, what the compressor does. */
export function compressPayload(entry: Entry, compressor: Compressor): Entry | Promise<Entry> {
  const { payload } = entry
  const taken = (body: Uint8Array): Entry => {
    if (HEAD_BYTES + body.length >= payload.length || payload.length > mostFrom(body.length)) return entry
    const head = Buffer.allocUnsafe(HEAD_BYTES)
    head.writeUInt32BE(payload.length)
    head.writeUInt32BE(crc32(payload), 4)
    return { ...entry, compression: compressor.id, payload: Buffer.concat([head, body]) }
  }
  const body = compressor.compress(payload)
  return isPromise(body) ? body.then(taken) : taken(body)
}

/** The payload behind compressed bytes, if it has at most `most` bytes. Never throws, never rejects; makes no more bytes than it should. */
export function decompressPayload(
  bytes: Uint8Array,
  compressor: Compressor,
  most: number,
): Decompressed | Promise<Decompressed> {
  if (bytes.length <= HEAD_BYTES) return MALFORMED
  const head = new DataView(bytes.buffer, bytes.byteOffset, HEAD_BYTES)
  const body = bytes.subarray(HEAD_BYTES)
  const [length, checksum] = [head.getUint32(0), head.getUint32(4)]
  if (length > most || length > mostFrom(body.length)) return TOO_LARGE
  if (length === 0) return MALFORMED
  // Not every algorithm notices that a bit has changed.
  const taken = (payload: Uint8Array): Decompressed =>
    payload.length === length && crc32(payload) === checksum ? { kind: 'decompressed', payload } : MALFORMED
  const failed = (cause: unknown): Decompressed => ({ kind: 'refused', reason: 'malformed', cause })
  try {
    const payload = compressor.decompress(body, length)
    return isPromise(payload) ? payload.then(taken, failed) : taken(payload)
  } catch (cause) {
    return failed(cause)
  }
}

function mostFrom(compressedBytes: number): number {
  return Math.max(SMALL_BYTES, compressedBytes * LARGEST_RATIO)
}
