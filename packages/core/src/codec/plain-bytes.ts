import { types } from 'node:util'

const PLAIN: ReadonlySet<unknown> = new Set([
  ArrayBuffer,
  DataView,
  Buffer,
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
])

/** Whether the object is a buffer, or a view on one, of a kind that MessagePack brings back as what it was. Not so for subclasses. */
export function isPlainBytes(value: object): boolean {
  return PLAIN.has(value.constructor) && (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value))
}
