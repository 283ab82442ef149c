/// <reference lib="es2024.string" />
import { showValue } from '../policy/show-value.ts'

const LONGEST_TAG = 512
const MOST_TAGS = 256

/**
 * The tags, each once, in the order of their first appearance.
 * @throws TypeError naming `option`, unless they are at most 256 strings of valid Unicode, 1 to 512 UTF-16 units long.
 */
export function checkTags(tags: readonly unknown[], option: string): readonly string[] {
  if (!Array.isArray(tags)) throw new TypeError(`${option} must be an array of strings, got ${showValue(tags)}`)
  const checked = new Set<string>()
  for (const tag of tags as readonly unknown[]) {
    if (typeof tag !== 'string' || tag === '' || tag.length > LONGEST_TAG || !tag.isWellFormed()) {
      throw new TypeError(
        `${option} must be strings of valid Unicode, 1 to ${LONGEST_TAG} UTF-16 units long; got ${showValue(tag)}`,
      )
    }
    checked.add(tag)
  }
  if (checked.size > MOST_TAGS) throw new TypeError(`${option} must be at most ${MOST_TAGS} tags, got ${checked.size}`)
  return [...checked]
}

/** Name of a tag's mark in the journal. */
export function tagMark(tag: string): string {
  return `#${tag}`
}

/** Name of a cache's mark in the journal: what `clear()` moves. */
export function cacheMark(cache: string): string {
  return `@${cache}`
}
