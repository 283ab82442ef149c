import { isUtf8 } from 'node:buffer'
import type { Codec } from '../contracts/codec.ts'
import { DecodeError } from '../errors/decode-error.ts'
import { checkJson } from './check-json.ts'
import { isSafeJson } from './is-safe-json.ts'

const encoder = new TextEncoder()

/**
 * JSON, which everything can read. Brings back what JSON can say; as always with JSON, a Date becomes its ISO text, an object with a `toJSON` method
 * what that returns, an instance of a class a plain object, -0 becomes 0, and a property that is `undefined` is left out. `encode` throws a
 * TypeError for what JSON would lose: `NaN` and infinities, bigints, `undefined` at the top or in an array, Map, Set, Error, RegExp, bytes,
 * functions, symbols, cycles, more than 1,000 levels; and for properties that attack careless code: `__proto__`, `constructor.prototype`.
 */
export const jsonCodec: Codec = {
  name: 'json',
  id: 2,

  encode(value: unknown): Uint8Array {
    checkJson(value)
    return encoder.encode(JSON.stringify(value))
  },

  decode(bytes: Uint8Array): unknown {
    if (!isUtf8(bytes)) throw new DecodeError(`${bytes.length} bytes are not UTF-8`)
    const value = parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
    if (!isSafeJson(value))
      throw new DecodeError('the JSON has an unsafe property or too many levels: the json codec did not write it')
    return value
  },
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // Without the cause: the parser quotes the text, and messages must not hold values.
    throw new DecodeError(`${text.length} characters are not JSON`)
  }
}
