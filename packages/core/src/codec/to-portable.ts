/// <reference lib="es2024.string" />
import { types } from 'node:util'
import { CARRIED, Carrier } from './carrier.ts'
import { DEEPEST } from './deepest.ts'
import { hasToJson } from './has-to-json.ts'
import { isOpaque } from './opaque.ts'
import { pathText } from './path-text.ts'
import { isPlainBytes } from './plain-bytes.ts'
import { isRecordName, LARGEST_RECORD } from './record-name.ts'

/**
 * A copy of the value that msgpackr carries without changing it: the same data, with a {@link Carrier} for whatever needs one.
 * Instances of classes become what their `toJSON` method returns, or else plain objects of their own properties; subclasses of Array, Map, Set
 * and Date become those.
 * @throws TypeError saying where, for what cannot be cached: functions, symbols, promises and the like, a property named `__proto__`, an
 * Error that contains itself, more than 1,000 levels.
 */
export function toPortable(value: unknown): unknown {
  return new Porter().port(value)
}

class Porter {
  /** Copies by original: what appears twice, or inside itself, does so in the copy. */
  readonly #copies = new Map<object, unknown>()
  /** Errors around the present value. A reader makes an Error after its parts, so that these cannot refer to it. */
  readonly #openErrors = new Set<object>()
  /** The way from the root to the present value. */
  readonly #path: (string | number)[] = []

  port(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        return value.isWellFormed() ? value : new Carrier(CARRIED.text, Buffer.from(value, 'utf16le'))
      case 'number':
        return Object.is(value, -0) ? new Carrier(CARRIED.negativeZero, null) : value
      case 'object':
        if (value === null) return null
        if (this.#openErrors.has(value)) return this.#refuse('an Error that contains itself')
        return this.#copies.get(value) ?? this.#portObject(value)
      case 'function':
      case 'symbol':
        return this.#refuse(`a ${typeof value}`)
      default:
        return value
    }
  }

  #portObject(value: object): unknown {
    if (this.#path.length >= DEEPEST) return this.#refuse(`data nested deeper than ${DEEPEST} levels`)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (Array.isArray(value)) return this.#portArray(value)
    if (prototype !== Object.prototype && prototype !== null) {
      if (types.isMap(value)) return this.#portMap(value)
      if (types.isSet(value)) return this.#portSet(value)
      if (types.isDate(value)) return this.#keep(value, new Date(value.getTime()))
      if (isPlainBytes(value)) return value
      if (value instanceof Error) return this.#portError(value)
      if (isOpaque(value)) return this.#refuse(Object.prototype.toString.call(value))
    }
    if (hasToJson(value)) return this.#portAt('toJSON()', value.toJSON(''))
    return this.#portRecord(value as Record<string, unknown>)
  }

  #portArray(items: readonly unknown[]): unknown[] {
    const copy = this.#keep<unknown[]>(items, [])
    for (let index = 0; index < items.length; index++) copy.push(this.#portAt(index, items[index]))
    return copy
  }

  #portMap(map: ReadonlyMap<unknown, unknown>): Map<unknown, unknown> {
    const copy = this.#keep(map, new Map<unknown, unknown>())
    for (const [key, item] of map) copy.set(this.#portAt('(key)', key), this.#portAt('(value)', item))
    return copy
  }

  #portSet(set: ReadonlySet<unknown>): Set<unknown> {
    const copy = this.#keep(set, new Set<unknown>())
    for (const item of set) copy.add(this.#portAt('(member)', item))
    return copy
  }

  #portRecord(value: Readonly<Record<string, unknown>>): object {
    const names = Object.keys(value)
    if (names.length <= LARGEST_RECORD && names.every(isRecordName)) {
      const copy = this.#keep<Record<string, unknown>>(value, {})
      for (const name of names) copy[name] = this.#portAt(name, value[name])
      return copy
    }
    if (names.includes('__proto__')) return this.#refuse('a property named __proto__')
    const pairs: unknown[] = []
    const copy = this.#keep(value, new Carrier(CARRIED.dictionary, pairs))
    for (const name of names) pairs.push(this.port(name), this.#portAt(name, value[name]))
    return copy
  }

  #portError(error: Error): Carrier {
    const parts: unknown[] = [this.port(String(error.name)), this.port(String(error.message))]
    const copy = this.#keep(error, new Carrier(CARRIED.error, parts))
    const own = error as unknown as Readonly<Record<string, unknown>>
    const names = new Set(Object.keys(error))
    for (const name of ['cause', 'errors']) if (Object.hasOwn(error, name)) names.add(name)
    for (const name of ['name', 'message', 'stack']) names.delete(name)
    this.#openErrors.add(error)
    parts.push(this.#portRecord(Object.fromEntries(Array.from(names, (name) => [name, own[name]]))))
    this.#openErrors.delete(error)
    return copy
  }

  #portAt(step: string | number, value: unknown): unknown {
    this.#path.push(step)
    const copy = this.port(value)
    this.#path.pop()
    return copy
  }

  #keep<C>(original: object, copy: C): C {
    this.#copies.set(original, copy)
    return copy
  }

  #refuse(what: string): never {
    throw new TypeError(
      `${what} cannot be cached${this.#path.length === 0 ? '' : `; it is at ${pathText(this.#path)}`}`,
    )
  }
}
