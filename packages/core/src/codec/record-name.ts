/// <reference lib="es2024.string" />

/** Larger objects are dictionaries rather than records: their names will not come again, and would only fill msgpackr's tables. */
export const LARGEST_RECORD = 128

/**
 * Whether msgpackr keeps the name of a record's property. It renames `__proto__`, takes `__keys__` for a field of its own tables, after which
 * other records cannot be read back, and writes a lone surrogate as U+FFFD.
 */
export function isRecordName(name: string): boolean {
  return name !== '__proto__' && name !== '__keys__' && name.isWellFormed()
}
