import { systemClock } from '../clock.ts'
import type { Backend } from '../contracts/backend.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Random } from '../contracts/random.ts'
import { checkNumber, checkObject } from '../policy/option-checks.ts'
import { systemRandom } from '../random.ts'
import { MemoryJournal } from './memory-journal.ts'
import { MemoryStore } from './memory-store.ts'

/** Bounds of the in-process backend, and what it is made of. */
export interface MemoryOptions {
  /** Most entries kept; the least recently used gives way. Leases, version floors and marks have the same bound each. Default 100,000. */
  readonly maxEntries?: number
  /** Most bytes of entries kept, keys and overhead included. Default 128 MiB. */
  readonly maxBytes?: number
  /** Records kept in the journal of each namespace. Default 10,000. */
  readonly journalLength?: number
  /** Default: the machine's clock. */
  readonly clock?: Clock
  /** Default: the operating system's randomness. */
  readonly random?: Random
}

/**
 * A {@link Backend} inside this process: the embedded default. Several cache managers may share one; they then see each other's entries and
 * invalidations, as nodes on one server would. Nothing outlives the process.
 *
 * @throws TypeError for a bound that is not a positive integer, or is above what the process could hold.
 */
export function memory(options: MemoryOptions = {}): Backend {
  checkObject(options, 'memory options')
  const { clock = systemClock, random = systemRandom } = options
  // A JavaScript map holds no more than 2^24 keys.
  const maxEntries = bound(options.maxEntries ?? 100_000, 'maxEntries', 2 ** 24)
  const maxBytes = bound(options.maxBytes ?? 128 * 2 ** 20, 'maxBytes', Number.MAX_SAFE_INTEGER)
  const maxRecords = bound(options.journalLength ?? 10_000, 'journalLength', 1_000_000)
  const store = new MemoryStore({ maxEntries, maxBytes, clock })
  const journal = new MemoryJournal({ maxRecords, maxMarks: maxEntries, clock, random })
  let open = true
  return {
    name: 'memory',
    store,
    journal,
    health: async () => (open ? { status: 'up', latencyMs: 0 } : { status: 'down', detail: 'closed' }),
    close: async () => {
      open = false
      store.close()
      journal.close()
    },
  }
}

function bound(value: number, option: string, most: number): number {
  return checkNumber(value, option, { least: 1, most, integer: true })
}
