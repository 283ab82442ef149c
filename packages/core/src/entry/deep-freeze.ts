/**
 * Freezes freshly decoded plain data through and through: objects, arrays and what they hold. Answers `false`, having frozen only a part, when it meets
 * something that freezing does not protect (a Date, a Map, bytes, an instance of a class).
 */
export function deepFreeze(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function'
  const open: object[] = [value]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    // Seen before: the value may hold itself.
    if (Object.isFrozen(next)) continue
    if (!Array.isArray(next) && !isPlain(next)) return false
    Object.freeze(next)
    for (const child of Object.values(next) as unknown[]) {
      if (typeof child === 'object' && child !== null) open.push(child)
      else if (typeof child === 'function') return false
    }
  }
  return true
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
