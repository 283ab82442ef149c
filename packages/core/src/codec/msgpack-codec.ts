import type { Codec } from '../contracts/codec.ts'
import { DecodeError } from '../errors/decode-error.ts'
import { isPlainData } from './is-plain-data.ts'
import { isPortable } from './is-portable.ts'
import { createPackr, createUnpackr, RESET_BUFFER_MODE } from './private-msgpackr.ts'
import { toPortable } from './to-portable.ts'

/** msgpackr's scratch buffer after a small value; after one larger than `LARGEST_KEPT` it is given back, because it would be kept for ever. */
const SCRATCH_BYTES = 8_192
const LARGEST_KEPT = 1_048_576

/** A byte that MessagePack never uses; msgpackr reads it as a shared object of its own. */
const NEVER_USED = 0xc1

let packr = createPackr()
const unpackr = createUnpackr()

/**
 * MessagePack, as one pinned version of msgpackr writes it with records defined inside each message. The default.
 *
 * Brings back as they were: strings (with lone surrogates, too), numbers (`NaN`, infinities, -0), bigints of any size, `undefined`, arrays (holes
 * become `undefined`), plain objects, Map, Set, Date, Buffer, typed arrays, ArrayBuffer, DataView, and references to one object from several
 * places, cycles included. An Error keeps its name, message, cause and own properties, but not its stack, and its class only if that is one
 * of the language's. An instance of a class becomes what its `toJSON` method returns, else a plain object of its own properties. `encode`
 * throws a TypeError for the rest.
 */
export const msgpackCodec: Codec = {
  name: 'msgpack',
  id: 1,

  encode(value: unknown): Uint8Array {
    const portable = isPortable(value) ? value : toPortable(value)
    try {
      const bytes = new Uint8Array(packr.pack(portable, RESET_BUFFER_MODE))
      if (bytes.length > LARGEST_KEPT) packr.useBuffer(Buffer.allocUnsafeSlow(SCRATCH_BYTES))
      return bytes
    } catch (error) {
      // Interrupted anywhere, its tables of records may be wrong.
      packr = createPackr()
      throw error
    }
  },

  decode(bytes: Uint8Array): unknown {
    const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const value = unpack(source)
    if (source.includes(NEVER_USED) && !isPlainData(value))
      throw new DecodeError('not a value as the msgpack codec writes it')
    return value
  },
}

function unpack(source: Buffer): unknown {
  try {
    return unpackr.unpack(source) as unknown
  } catch (cause) {
    // msgpackr quotes the value when bytes follow it; messages must not hold values.
    const trailing = cause instanceof Error && cause.message.startsWith('Data read')
    throw new DecodeError(`${source.length} bytes are not a value as the msgpack codec writes it`, {
      cause: trailing ? new RangeError('bytes follow the value') : cause,
    })
  }
}
