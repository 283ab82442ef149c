import { brotli } from '../compression/brotli.ts'
import { gzip } from '../compression/gzip.ts'
import { zstd } from '../compression/zstd.ts'
import type { Compressor } from '../contracts/compressor.ts'
import { checkFlag, checkNumber, checkObject } from './option-checks.ts'
import { showValue } from './show-value.ts'
import { sizeBytes } from './size.ts'
import type { Size } from './size.ts'

/** An algorithm by its name, or one of your own. */
export type Compression = 'gzip' | 'brotli' | 'zstd' | Compressor

/** What is compressed, and how. */
export interface CompressOptions {
  /**
   * `'gzip'`, `'brotli'`, `'zstd'` (where Node.js has it: 22.15 and later), `gzip({ level })` and its like, `lz4()` of `@larder/core/lz4`, or a
   * {@link Compressor} of your own.
   */
  readonly algorithm: Compression
  /** Smallest encoded value that is compressed. Default `'2kb'`: below it there is little to gain. */
  readonly minBytes?: Size
  /**
   * Whether values are compressed although a `sealer` encrypts them. The size of an encrypted value then tells something of what is in it:
   * whoever can choose a part of a value, and see its size, can guess the rest (CRIME, BREACH). Default `false`.
   */
  readonly withEncryption?: boolean
}

/** The same, resolved. */
export interface CompressionPolicy {
  readonly compressor: Compressor
  readonly minBytes: number
  readonly withEncryption: boolean
}

const MIN_BYTES = 2048

/**
 * What the option `compress` says; `undefined` for `false`.
 * @throws TypeError naming the option, UnsupportedError for an algorithm that this version of Node.js does not have.
 */
export function resolveCompress(option: Compression | CompressOptions | false): CompressionPolicy | undefined {
  if (option === false) return undefined
  const options = isOptions(option) ? option : { algorithm: option }
  const { algorithm, minBytes, withEncryption } = options
  return Object.freeze({
    compressor: compressorOf(algorithm),
    minBytes: minBytes === undefined ? MIN_BYTES : sizeBytes(minBytes, 'compress.minBytes'),
    withEncryption: withEncryption === undefined ? false : checkFlag(withEncryption, 'compress.withEncryption'),
  })
}

function isOptions(option: Compression | CompressOptions): option is CompressOptions {
  if (typeof option === 'string') return false
  checkObject(option, 'compress')
  return 'algorithm' in option
}

function compressorOf(algorithm: Compression): Compressor {
  if (algorithm === 'gzip') return gzip()
  if (algorithm === 'brotli') return brotli()
  if (algorithm === 'zstd') return zstd()
  if (typeof algorithm !== 'string') {
    checkObject(algorithm, 'compress')
    if (typeof algorithm.compress === 'function' && typeof algorithm.decompress === 'function') {
      checkNumber(algorithm.id, 'compress: the id of the algorithm', { least: 1, most: 255, integer: true })
      return algorithm
    }
  }
  throw new TypeError(
    "compress must be false, 'gzip', 'brotli', 'zstd', an object with id, compress and decompress, or { algorithm } with one of " +
      `these; got ${showValue(algorithm)}`,
  )
}
