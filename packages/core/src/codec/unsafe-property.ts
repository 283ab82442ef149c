/** Whether a property is of the kind that attacks code which copies or merges objects carelessly: `__proto__`, or `constructor.prototype`. */
export function isUnsafeProperty(name: string, value: unknown): boolean {
  if (name === '__proto__') return true
  return name === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')
}
