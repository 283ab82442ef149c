import * as zlib from 'node:zlib'
import type { CompressCallback, ZlibOptions } from 'node:zlib'
import type { Compressor } from '../contracts/compressor.ts'
import { UnsupportedError } from '../errors/unsupported-error.ts'
import { checkNumber } from '../policy/option-checks.ts'
import { zlibCompressor } from './zlib-compressor.ts'

type Options = Pick<ZlibOptions, 'chunkSize' | 'maxOutputLength'> & {
  readonly params?: Readonly<Record<number, number>>
}

/** What newer versions of `node:zlib` have; the types of the oldest version that is supported do not know it. */
interface Zstd {
  readonly zstdCompressSync: (bytes: Uint8Array, options: Options) => Uint8Array
  readonly zstdCompress: (bytes: Uint8Array, options: Options, done: CompressCallback) => void
  readonly zstdDecompressSync: (bytes: Uint8Array, options: Options) => Uint8Array
  readonly zstdDecompress: (bytes: Uint8Array, options: Options, done: CompressCallback) => void
  readonly constants: { readonly ZSTD_c_compressionLevel: number }
}

/** Whether this version of Node.js has Zstandard. */
export function hasZstd(): boolean {
  return 'zstdCompressSync' in zlib
}

/**
 * Zstandard: as small as Brotli and as fast as gzip. `level` is 1 (fastest) to 19 (smallest); default 3.
 * @throws UnsupportedError where Node.js does not have it: before 22.15, and in 23 before 23.8.
 */
export function zstd(options: { readonly level?: number } = {}): Compressor {
  const level = checkNumber(options.level ?? 3, 'level', { least: 1, most: 19, integer: true })
  if (!hasZstd())
    throw new UnsupportedError(
      `Node.js ${process.versions.node} has no Zstandard: use 22.15 or later, or compress with 'gzip' or 'brotli'`,
    )
  const { zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync, constants } = zlib as unknown as Zstd
  const params = { [constants.ZSTD_c_compressionLevel]: level }
  return zlibCompressor({
    name: 'zstd',
    id: 3,
    compress: {
      now: (bytes, how) => zstdCompressSync(bytes, { ...how, params }),
      later: (bytes, how, done) => zstdCompress(bytes, { ...how, params }, done),
    },
    decompress: { now: zstdDecompressSync, later: zstdDecompress },
  })
}
