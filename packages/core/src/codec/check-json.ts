import { types } from 'node:util'
import { DEEPEST } from './deepest.ts'
import { hasToJson } from './has-to-json.ts'
import { isOpaque } from './opaque.ts'
import { pathText } from './path-text.ts'
import { isUnsafeProperty } from './unsafe-property.ts'

type Path = (string | number)[]

/** @throws TypeError saying where, for a value that JSON would not bring back; see `jsonCodec` for what counts as such. */
export function checkJson(value: unknown): void {
  if (value === undefined) throw new TypeError('undefined cannot be cached as JSON')
  check(value, [])
}

function check(value: unknown, path: Path): void {
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) refuse(String(value), path)
      return
    case 'bigint':
    case 'function':
    case 'symbol':
      refuse(`a ${typeof value}`, path)
      return
    case 'object':
      if (value !== null) checkObject(value, path)
      return
    default:
  }
}

function checkObject(value: object, path: Path): void {
  if (path.length >= DEEPEST) refuse(`data nested deeper than ${DEEPEST} levels, or a cycle,`, path)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (Array.isArray(value)) checkArray(value, path)
  else if ((prototype === Object.prototype || prototype === null) && !hasToJson(value)) checkProperties(value, path)
  else checkInstance(value, path)
}

function checkInstance(value: object, path: Path): void {
  if (types.isDate(value) && Number.isNaN(value.getTime())) refuse('an invalid Date', path)
  if (isOpaque(value) || types.isMap(value) || types.isSet(value) || value instanceof Error) {
    refuse(Object.prototype.toString.call(value), path)
  }
  if (hasToJson(value)) checkAt('toJSON()', value.toJSON(''), path)
  else checkProperties(value, path)
}

function checkArray(items: readonly unknown[], path: Path): void {
  for (let index = 0; index < items.length; index++) {
    if (items[index] === undefined) refuse('undefined in an array', path)
    checkAt(index, items[index], path)
  }
}

function checkProperties(value: object, path: Path): void {
  for (const name of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[name]
    if (isUnsafeProperty(name, item)) refuse(`a property named ${name}`, path)
    checkAt(name, item, path)
  }
}

function checkAt(step: string | number, value: unknown, path: Path): void {
  // Most values are no objects; what can be said without the path is said without it.
  if (typeof value === 'string' || typeof value === 'boolean') return
  path.push(step)
  check(value, path)
  path.pop()
}

function refuse(what: string, path: Path): never {
  throw new TypeError(`${what} cannot be cached as JSON${path.length === 0 ? '' : `; it is at ${pathText(path)}`}`)
}
