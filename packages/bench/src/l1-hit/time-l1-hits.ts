import { awaitingLoop } from '../measure/awaiting-loop.ts'
import type { Row } from '../measure/awaiting-loop.ts'
import type { Contender } from '../measure/contender.ts'
import { makeRows } from '../measure/rows.ts'
import { takeTurns } from '../measure/take-turns.ts'
import type { Timing } from '../measure/take-turns.ts'
import { openL1Reader } from './l1-readers.ts'

/** Times hits of the named caches against an awaited async function that reads a Map. */
export async function timeL1Hits(names: readonly string[], redisUrl: string): Promise<readonly Timing[]> {
  const rows = makeRows(1_000)
  const keys = [...rows.keys()]
  const fromMap = async (key: string): Promise<Row> => rows.get(key) as Row
  const readers = await Promise.all(names.map((name) => openL1Reader(name, rows, redisUrl)))
  const contenders: readonly Contender[] = [
    { name: 'async (key) => map.get(key)', turn: awaitingLoop(fromMap, keys) },
    ...readers.map(({ name, read }): Contender => ({ name, turn: awaitingLoop(read, keys) })),
  ]
  const timings = await takeTurns(contenders, { rounds: 41, turnMs: 20 })
  for (const reader of readers) await reader.close()
  return timings
}
