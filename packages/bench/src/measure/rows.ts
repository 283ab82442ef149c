import type { Row } from './awaiting-loop.ts'

/** `count` keys, and the row that each of them names. */
export function makeRows(count: number): ReadonlyMap<string, Row> {
  return new Map(
    Array.from({ length: count }, (_, id) => [`user:${id}`, { id, name: `user number ${id}`, active: id % 2 === 0 }]),
  )
}
