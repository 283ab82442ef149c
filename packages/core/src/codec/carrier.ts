/** What a {@link Carrier} carries. The numbers are part of the format. */
export const CARRIED = { negativeZero: 0, text: 1, dictionary: 2, error: 3 } as const

type Carried = (typeof CARRIED)[keyof typeof CARRIED]

/** Carries through MessagePack what it, or msgpackr, would change on the way. */
export class Carrier {
  readonly kind: Carried
  /**
   * `negativeZero`: null. `text`, for strings with lone surrogates: UTF-16LE bytes. `dictionary`, for objects whose names are not a
   * record's: names and values in turn. `error`: name, message, and an object of the other own properties.
   */
  readonly content: unknown

  constructor(kind: Carried, content: unknown) {
    this.kind = kind
    this.content = content
  }

  /** What was carried. @throws TypeError for what no carrier contains. */
  static unload(this: void, datum: unknown): unknown {
    const [kind, content] = expectArray(datum)
    switch (kind) {
      case CARRIED.negativeZero:
        return -0
      case CARRIED.text:
        if (!Buffer.isBuffer(content) || content.length % 2 !== 0) throw new TypeError('text is not UTF-16')
        return content.toString('utf16le')
      case CARRIED.dictionary:
        return unloadDictionary(expectArray(content))
      case CARRIED.error:
        return unloadError(expectArray(content))
      default:
        throw new TypeError('unknown kind of carrier')
    }
  }
}

function unloadDictionary(pairs: readonly unknown[]): object {
  const dictionary: Record<string, unknown> = {}
  for (let index = 0; index < pairs.length; index += 2) {
    const name = pairs[index]
    if (typeof name !== 'string' || name === '__proto__') throw new TypeError('not a name of a property')
    dictionary[name] = pairs[index + 1]
  }
  return dictionary
}

const ERRORS: ReadonlyMap<unknown, ErrorConstructor> = new Map(
  [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((constructor) => [
    constructor.name,
    constructor,
  ]),
)
/** Own properties that errors have, but do not list. */
const HIDDEN: readonly string[] = ['cause', 'errors', 'name', 'message', 'stack']

function unloadError([name, message, properties]: readonly unknown[]): Error {
  if (
    typeof name !== 'string' ||
    typeof message !== 'string' ||
    typeof properties !== 'object' ||
    properties === null
  ) {
    throw new TypeError('not the parts of an error')
  }
  const error = name === 'AggregateError' ? new AggregateError([], message) : new (ERRORS.get(name) ?? Error)(message)
  // The stack of the decoder says nothing, and the one of the throw stays with its process.
  const own = { ...properties, ...(error.name === name ? {} : { name }), stack: `${name}: ${message}` }
  for (const [key, value] of Object.entries(own)) {
    Object.defineProperty(error, key, { value, enumerable: !HIDDEN.includes(key), writable: true, configurable: true })
  }
  return error
}

function expectArray(datum: unknown): readonly unknown[] {
  if (Array.isArray(datum)) return datum as readonly unknown[]
  throw new TypeError('the content of a carrier is an array')
}
