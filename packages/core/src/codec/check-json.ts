import { types } from 'node:util'
import { DEEPEST } from './deepest.ts'
import { hasToJson } from './has-to-json.ts'
import { isOpaque } from './opaque.ts'
import { isUnsafeProperty } from './unsafe-property.ts'

/** @throws TypeError saying where, for a value that JSON would not bring back; see `jsonCodec` for what counts as such. */
export function checkJson(value: unknown): void {
  if (value === undefined) throw new TypeError('undefined cannot be cached as JSON')
  check(value, [])
}

function check(value: unknown, path: string[]): void {
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

function checkObject(value: object, path: string[]): void {
  if (path.length >= DEEPEST) refuse(`data nested deeper than ${DEEPEST} levels, or a cycle,`, path)
  if (types.isDate(value)) {
    if (Number.isNaN(value.getTime())) refuse('an invalid Date', path)
  } else if (isOpaque(value) || types.isMap(value) || types.isSet(value) || value instanceof Error) {
    refuse(Object.prototype.toString.call(value), path)
  } else if (hasToJson(value)) {
    checkAt('.toJSON()', value.toJSON(''), path)
  } else if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      if (value[index] === undefined) refuse('undefined in an array', path)
      checkAt(`[${index}]`, value[index], path)
    }
  } else {
    for (const [name, item] of Object.entries(value)) {
      if (isUnsafeProperty(name, item)) refuse(`a property named ${name}`, path)
      checkAt(`.${name}`, item, path)
    }
  }
}

function checkAt(step: string, value: unknown, path: string[]): void {
  path.push(step)
  check(value, path)
  path.pop()
}

function refuse(what: string, path: readonly string[]): never {
  const text = path.join('')
  throw new TypeError(`${what} cannot be cached as JSON${text === '' ? '' : `; it is at ${text.slice(0, 200)}`}`)
}
