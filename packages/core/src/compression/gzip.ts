import { gunzip, gunzipSync, gzip as gzipLater, gzipSync } from 'node:zlib'
import type { Compressor } from '../contracts/compressor.ts'
import { checkNumber } from '../policy/option-checks.ts'
import { zlibCompressor } from './zlib-compressor.ts'

/** gzip, which every language reads. `level` is 1 (fastest, default) to 9 (smallest). */
export function gzip(options: { readonly level?: number } = {}): Compressor {
  const level = checkNumber(options.level ?? 1, 'level', { least: 1, most: 9, integer: true })
  return zlibCompressor({
    name: 'gzip',
    id: 1,
    compress: {
      now: (bytes, how) => gzipSync(bytes, { ...how, level }),
      later: (bytes, how, done) => gzipLater(bytes, { ...how, level }, done),
    },
    decompress: { now: gunzipSync, later: gunzip },
  })
}
