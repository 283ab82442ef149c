/** Whether a value is an object that arguments or results are written in: not an array, a date, bytes, or an instance of a class. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Also those of another realm.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
