import type { ColumnKind } from '../catalog/table.ts'

/** Stands for NULL: no canonical text looks like it. */
const NULL = '~'

/**
 * The one text for all values of a column that the database takes for equal, or `undefined` if there is none to be sure of: a scheme cannot be
 * used then, and a change is taken as one that may concern every value.
 */
export function canonicalValue(value: unknown, kind: ColumnKind): string | undefined {
  if (value === null) return NULL
  switch (kind) {
    case 'integer':
      return integer(value)
    case 'boolean':
      if (typeof value === 'boolean') return value ? '1' : '0'
      if (value === 't' || value === 'true') return '1'
      return value === 'f' || value === 'false' ? '0' : integer(value)
    case 'uuid':
      return uuid(value)
    case 'bytes':
      return value instanceof Uint8Array
        ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
        : undefined
    case 'binary':
      return typeof value === 'string' ? `'${value}` : undefined
    case 'opaque':
      return undefined
    default:
      return kind satisfies never
  }
}

function integer(value: unknown): string | undefined {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value === 0 ? 0 : value) : undefined
  if (typeof value !== 'string' || value.length > 40 || !/^[+-]?\d+$/.test(value)) return undefined
  return BigInt(value.startsWith('+') ? value.slice(1) : value).toString()
}

function uuid(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const digits = value.replace(/[-{}]/g, '').toLowerCase()
  return /^[0-9a-f]{32}$/.test(digits) ? digits : undefined
}
