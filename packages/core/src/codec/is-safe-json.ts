import { DEEPEST } from './deepest.ts'
import { isUnsafeProperty } from './unsafe-property.ts'

/** Whether what `JSON.parse` made has no property that attacks careless code, and not more levels than a cached value may have. */
export function isSafeJson(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth >= DEEPEST) return false
  if (Array.isArray(value)) return value.every((item) => isSafeJson(item, depth + 1))
  for (const name in value) {
    const item = (value as Record<string, unknown>)[name]
    if (isUnsafeProperty(name, item) || !isSafeJson(item, depth + 1)) return false
  }
  return true
}
