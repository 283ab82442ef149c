import { types } from 'node:util'
import { hasToJson } from '../codec/has-to-json.ts'
import { showValue } from '../policy/show-value.ts'

const DEEPEST = 1_000

/**
 * Text that is the same for equal data and differs for different data: every value stands in it with its type, and with its length or an end sign.
 * `open` holds the objects around the value.
 *
 * Equal are: objects, and Maps, whatever the order of their properties; Sets whatever the order of their members; a property that is `undefined`
 * and one that is absent; 0 and -0; the same bytes in a Buffer, a Uint8Array and an ArrayBuffer; two objects whose `toJSON` methods return
 * equal data. Different are: `1`, `'1'`, `1n`, `true`, `null`, `undefined`, `NaN`, a Date and its text, an array and a Set, an object and a Map.
 * @throws TypeError for what is not data: functions, symbols, instances of classes without `toJSON`, cycles, more than 1,000 levels.
 */
export function canonicalText(value: unknown, open: Set<object> = new Set()): string {
  switch (typeof value) {
    case 'string':
      return textOf(value)
    case 'number':
      return `d${value};`
    case 'bigint':
      return `i${value};`
    case 'boolean':
      return value ? 't' : 'f'
    case 'undefined':
      return 'u'
    case 'object':
      return value === null ? 'n' : guardedText(value, open)
    default:
      throw new TypeError(`${showValue(value)} cannot be part of a key`)
  }
}

function guardedText(value: object, open: Set<object>): string {
  if (open.has(value)) throw new TypeError('an object that contains itself cannot be part of a key')
  if (open.size === DEEPEST) throw new TypeError(`data nested deeper than ${DEEPEST} levels cannot be part of a key`)
  open.add(value)
  const text = objectText(value, open)
  open.delete(value)
  return text
}

function objectText(value: object, open: Set<object>): string {
  const inner = (item: unknown): string => canonicalText(item, open)
  if (Array.isArray(value)) return listText('a', Array.from(value, inner))
  if (types.isDate(value)) return `D${value.getTime()};`
  if (types.isMap(value)) return listText('m', Array.from(value, ([key, item]) => inner(key) + inner(item)).sort())
  if (types.isSet(value)) return listText('s', Array.from(value, inner).sort())
  if (types.isAnyArrayBuffer(value)) return bytesText(new Uint8Array(value))
  if (ArrayBuffer.isView(value)) return bytesText(value)
  if (hasToJson(value)) return `j${inner(value.toJSON(''))}`
  if (!isPlain(value)) throw new TypeError('an instance of a class can be part of a key only if it has a toJSON method')
  const properties = Object.entries(value).filter(([, item]) => item !== undefined)
  return listText('o', properties.map(([name, item]) => textOf(name) + inner(item)).sort())
}

function textOf(text: string): string {
  return `"${text.length}:${text}`
}

function listText(kind: string, items: readonly string[]): string {
  return `${kind}${items.length}:${items.join('')}`
}

function bytesText(view: ArrayBufferView): string {
  const bytes = textOf(Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('latin1'))
  return types.isUint8Array(view) ? `b${bytes}` : `v${Object.prototype.toString.call(view)}${bytes}`
}

/** Also for objects of another realm, as `vm` and some test runners make them. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
