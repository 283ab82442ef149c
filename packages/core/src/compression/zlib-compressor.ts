import type { BrotliOptions, CompressCallback, ZlibOptions } from 'node:zlib'
import type { Compressor } from '../contracts/compressor.ts'

/** Options that all algorithms of `node:zlib` take. */
type Options = Pick<ZlibOptions & BrotliOptions, 'chunkSize' | 'maxOutputLength'>

/** One direction of an algorithm, as `node:zlib` has it twice. */
interface Direction {
  readonly now: (bytes: Uint8Array, options: Options) => Uint8Array
  readonly later: (bytes: Uint8Array, options: Options, done: CompressCallback) => void
}

/**
 * Up to so many bytes of uncompressed payload are worked on at once: for them, the way to another thread and back takes longer than the work, which
 * keeps the process for a tenth of a millisecond or so. Measured in docs/adr/0029.
 */
const AT_ONCE_BYTES = 64 * 1024

/** Smallest output buffer, in bytes: a smaller one would lie in a pool, and a value that is kept would keep all that is in there. */
const LEAST_CHUNK = 4096

/** A {@link Compressor} over one algorithm of `node:zlib`. */
export function zlibCompressor(algorithm: {
  readonly name: string
  readonly id: number
  readonly compress: Direction
  readonly decompress: Direction
}): Compressor {
  const { name, id, compress, decompress } = algorithm
  return {
    name,
    id,
    compress: (bytes) => run(compress, bytes, { length: bytes.length, options: { chunkSize: chunk(bytes.length) } }),
    decompress: (bytes, length) =>
      run(decompress, bytes, { length, options: { chunkSize: chunk(length), maxOutputLength: length } }),
  }
}

function run(
  direction: Direction,
  bytes: Uint8Array,
  { length, options }: { readonly length: number; readonly options: Options },
): Uint8Array | Promise<Uint8Array> {
  if (length <= AT_ONCE_BYTES) return direction.now(bytes, options)
  return new Promise((resolve, reject) => {
    direction.later(bytes, options, (error, result) => (error === null ? resolve(result) : reject(error)))
  })
}

/** One buffer for the whole output, and a byte more: a full one would be followed by another. */
function chunk(length: number): number {
  return Math.max(LEAST_CHUNK, length + 1)
}
