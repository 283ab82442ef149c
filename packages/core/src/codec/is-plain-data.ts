/** What data is made of; anything else could bring behaviour along. */
const PLAIN: ReadonlySet<unknown> = new Set(
  [
    Object,
    Array,
    Map,
    Set,
    Date,
    Error,
    AggregateError,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
    Buffer,
    ArrayBuffer,
    DataView,
    Uint8Array,
    Uint8ClampedArray,
    Int8Array,
    Uint16Array,
    Int16Array,
    Uint32Array,
    Int32Array,
    Float32Array,
    Float64Array,
    BigUint64Array,
    BigInt64Array,
  ].map((constructor): unknown => constructor.prototype),
)

/** Whether a decoded value is data through and through: no function, no symbol, and no object but with a prototype known to be harmless. */
export function isPlainData(root: unknown): boolean {
  const seen = new Set<unknown>()
  const open: unknown[] = [root]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value === 'function' || typeof value === 'symbol') return false
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    if (!PLAIN.has(Object.getPrototypeOf(value))) return false
    if (ArrayBuffer.isView(value)) continue
    if (value instanceof Map) for (const [key, item] of value) open.push(key, item)
    if (value instanceof Set) for (const item of value) open.push(item)
    for (const name of Object.getOwnPropertyNames(value)) open.push((value as Record<string, unknown>)[name])
  }
  return true
}
