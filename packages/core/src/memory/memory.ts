import { systemClock } from '../clock.ts'
import type { Backend } from '../contracts/backend.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Random } from '../contracts/random.ts'
import { checkNumber, checkObject } from '../policy/option-checks.ts'
import type { Size } from '../policy/size.ts'
import { sizeBytes } from '../policy/size.ts'
import { systemRandom } from '../random.ts'
import { MemoryJournal } from './memory-journal.ts'
import { MemoryLocks } from './memory-locks.ts'
import { MemoryQueue } from './memory-queue.ts'
import { MemoryStore } from './memory-store.ts'

/** A map of the engine ends at 2^24 keys. */
const MOST_ENTRIES = 16_000_000

/** Beyond it, dropping the oldest record would cost more than appending the newest. */
const MOST_RECORDS = 1_000_000

/** Bounds of the in-process backend, and what it is made of. */
export interface MemoryOptions {
  /**
   * Most entries kept; the least recently used gives way. Leases, version floors and marks have the same bound each.
   * Default 100,000.
   */
  readonly maxEntries?: number
  /**
   * Most memory that entries take, keys and overhead included: bytes, or a string such as `'64mb'`. Default 128 MiB.
   */
  readonly maxBytes?: Size
  /** Records kept in the journal of each namespace. Default 10,000. */
  readonly journalLength?: number
  /** Default: the machine's clock. */
  readonly clock?: Clock
  /** Default: the operating system's randomness. */
  readonly random?: Random
}

/**
 * A {@link Backend} inside this process: the embedded default. Several cache managers may share one; they then see each
 * other's entries and invalidations, as nodes on one server would. Nothing outlives the process.
 *
 * @throws TypeError for a bound that is not a positive integer, or is above what the process could hold.
 */
export function memory(options: MemoryOptions = {}): Backend {
  checkObject(options, 'memory options')
  const { maxEntries = 100_000, maxBytes = '128mb', journalLength = 10_000 } = options
  const { clock = systemClock, random = systemRandom } = options
  checkNumber(maxEntries, 'maxEntries', { least: 1, most: MOST_ENTRIES, integer: true })
  checkNumber(journalLength, 'journalLength', { least: 1, most: MOST_RECORDS, integer: true })
  const store = new MemoryStore({ maxEntries, maxBytes: sizeBytes(maxBytes, 'maxBytes'), clock })
  const journal = new MemoryJournal({ maxRecords: journalLength, maxMarks: maxEntries, clock, random })
  const locks = new MemoryLocks(clock)
  const queue = new MemoryQueue(store, clock)
  let open = true
  return {
    name: 'memory',
    store,
    journal,
    locks,
    queue,
    health: async () => (open ? { status: 'healthy', latencyMs: 0 } : { status: 'down', reasons: ['closed'] }),
    close: async () => {
      open = false
      store.close()
      journal.close()
      await locks.close()
      queue.close()
    },
  }
}
