/// <reference lib="es2024.string" />
import { types } from 'node:util'
import { DEEPEST } from './deepest.ts'
import { isPlainBytes } from './plain-bytes.ts'
import { isRecordName, LARGEST_RECORD } from './record-name.ts'

/** Objects visited without keeping track of them. Most values have fewer; only beyond can a cycle or a dense web of references cost time. */
const UNTRACKED = 256

interface Walk {
  visited: number
  seen: Set<object> | undefined
}

/**
 * Whether msgpackr carries the value exactly as it is. `false` also where it takes a closer look to tell: `toPortable` makes of such a value
 * what msgpackr can carry, or says what cannot be cached.
 */
export function isPortable(value: unknown): boolean {
  return isPortableAt(value, 0, { visited: 0, seen: undefined })
}

function isPortableAt(value: unknown, depth: number, walk: Walk): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed()
    case 'number':
      return value !== 0 || !Object.is(value, -0)
    case 'object':
      return value === null || isPortableObject(value, depth, walk)
    case 'function':
    case 'symbol':
      return false
    default:
      return true
  }
}

function isPortableObject(value: object, depth: number, walk: Walk): boolean {
  if (depth >= DEEPEST) return false
  if (++walk.visited > UNTRACKED) {
    walk.seen ??= new Set()
    if (walk.seen.has(value)) return true
    walk.seen.add(value)
  }
  // msgpackr goes by the constructor, too.
  switch (value.constructor as unknown) {
    case Object:
    case undefined:
      return isPortableRecord(value as Record<string, unknown>, depth, walk)
    case Array:
      return Array.isArray(value) && arePortable(value, depth, walk)
    case Map:
      return types.isMap(value) && arePortable(value.keys(), depth, walk) && arePortable(value.values(), depth, walk)
    case Set:
      return types.isSet(value) && arePortable(value, depth, walk)
    case Date:
      return types.isDate(value)
    default:
      return isPlainBytes(value)
  }
}

function arePortable(items: Iterable<unknown>, depth: number, walk: Walk): boolean {
  for (const item of items) if (!isPortableAt(item, depth + 1, walk)) return false
  return true
}

function isPortableRecord(record: Record<string, unknown>, depth: number, walk: Walk): boolean {
  let size = 0
  for (const name in record) {
    if (++size > LARGEST_RECORD || !isRecordName(name) || !isPortableAt(record[name], depth + 1, walk)) return false
  }
  return true
}
