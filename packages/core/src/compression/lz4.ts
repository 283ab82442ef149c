import { compress, compressSync, uncompress, uncompressSync } from 'lz4-napi'
import type { Compressor } from '../contracts/compressor.ts'

/** Length of what is compressed, as a little-endian number before an LZ4 block. */
const LENGTH_BYTES = 4

/** Up to so many bytes are worked on at once; see zlib-compressor.ts. LZ4 does four times as much in the same time. */
const AT_ONCE_BYTES = 256 * 1024

/** LZ4, by the package `lz4-napi`, which has to be installed beside this one: the fastest by far, and not as small as the others. */
export function lz4(): Compressor {
  return {
    name: 'lz4',
    id: 4,
    compress: (bytes) => (bytes.length <= AT_ONCE_BYTES ? compressSync(buffer(bytes)) : compress(bytes)),
    decompress(bytes, length) {
      // It sets aside what the block says of itself.
      if (bytes.length < LENGTH_BYTES || buffer(bytes).readUInt32LE() !== length)
        throw new RangeError(`the block does not say that it makes ${length} bytes`)
      return length <= AT_ONCE_BYTES ? uncompressSync(bytes) : uncompress(bytes)
    },
  }
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
