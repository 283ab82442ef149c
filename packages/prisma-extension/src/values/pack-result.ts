import { Decimal } from '@prisma/client/runtime/client'

/** Stands for a Decimal in what is kept: no result of Prisma holds a Map. */
const DECIMAL = 'decimal'

/** A result as it is kept: plain data that shares nothing with it. `undefined` if it holds something that would not come back as it was. */
export function packResult(result: unknown): { readonly value: unknown } | undefined {
  try {
    return { value: packed(result) }
  } catch (error) {
    if (error === REFUSED) return undefined
    throw error
  }
}

/** A result for one caller: nothing in it is shared with another. */
export function unpackResult(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(unpackResult)
  if (value instanceof Map) return new Decimal(value.get(DECIMAL) as string)
  if (value instanceof Date) return new Date(value.getTime())
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  const copy: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value)) set(copy, name, unpackResult(item))
  return copy
}

const REFUSED = new Error('not data')

function packed(value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw REFUSED
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(packed)
  // With the sign of a zero, which its text leaves out.
  if (Decimal.isDecimal(value)) return new Map([[DECIMAL, value.valueOf()]])
  if (value instanceof Date) return new Date(value.getTime())
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw REFUSED
  const copy: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value)) set(copy, name, packed(item))
  return copy
}

/** A column of JSON may have a property of this name. */
function set(copy: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') throw REFUSED
  copy[name] = value
}
