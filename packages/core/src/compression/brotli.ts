import { brotliCompress, brotliCompressSync, brotliDecompress, brotliDecompressSync, constants } from 'node:zlib'
import type { BrotliOptions } from 'node:zlib'
import type { Compressor } from '../contracts/compressor.ts'
import { checkNumber } from '../policy/option-checks.ts'
import { zlibCompressor } from './zlib-compressor.ts'

/** Brotli: smaller than gzip, for more work when writing. `level` is its quality, 0 (fastest) to 11 (smallest); default 4. */
export function brotli(options: { readonly level?: number } = {}): Compressor {
  const level = checkNumber(options.level ?? 4, 'level', { least: 0, most: 11, integer: true })
  const tuned = (bytes: Uint8Array, how: BrotliOptions): BrotliOptions => ({
    ...how,
    params: { [constants.BROTLI_PARAM_QUALITY]: level, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  })
  return zlibCompressor({
    name: 'brotli',
    id: 2,
    compress: {
      now: (bytes, how) => brotliCompressSync(bytes, tuned(bytes, how)),
      later: (bytes, how, done) => brotliCompress(bytes, tuned(bytes, how), done),
    },
    decompress: { now: brotliDecompressSync, later: brotliDecompress },
  })
}
