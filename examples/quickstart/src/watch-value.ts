import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Sighting } from './demo-node.ts'
import { machineTime } from './machine-time.ts'

/** Longest wait for a change, in milliseconds. */
const PATIENCE_MS = 10_000

/** Reads without pause until `isNew` accepts what was read. Rejects after ten seconds. */
export async function watchValue<T>(read: () => Promise<T>, isNew: (value: T) => boolean): Promise<Sighting> {
  const oldReads: number[] = []
  const giveUpAt = machineTime() + PATIENCE_MS
  for (;;) {
    const begunAt = machineTime()
    const value = await read()
    if (isNew(value)) return { newAt: machineTime(), oldReads }
    if (begunAt > giveUpAt) throw new Error(`the change was not seen within ${PATIENCE_MS / 1000} s`)
    oldReads.push(begunAt)
    // Lets the node hear what others tell it.
    await nextTurn()
  }
}
