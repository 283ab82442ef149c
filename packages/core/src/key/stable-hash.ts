import { createHash } from 'node:crypto'
import { canonicalText } from './canonical-text.ts'

/**
 * Digest of data: 43 characters of `A-Z a-z 0-9 - _` (SHA-256), the same in every process and release for equal data, different for different data.
 * What counts as equal: see {@link canonicalText}.
 * @throws TypeError for functions, symbols, instances of classes without `toJSON`, and cycles.
 */
export function stableHash(value: unknown): string {
  // As UTF-16, because UTF-8 would turn every lone surrogate into the same bytes.
  return createHash('sha256').update(canonicalText(value), 'utf16le').digest('base64url')
}
