import type { Backend, Clock, Random } from '@larder/core/contracts'

/** Options of `redlock()`. */
export interface RedlockOptions {
  /**
   * Backends with locks, each on a server of its own that fails independently of the others: primaries, not replicas of one another. An
   * odd number, three or more. They are closed with the locks.
   */
  readonly nodes: readonly Backend[]
  /** How long one server may take for one question, in milliseconds; default 250. Far less than the time to live of any lock. */
  readonly nodeTimeoutMs?: number
  /** Default: the machine's clock. */
  readonly clock?: Clock
  /** Default: the operating system's randomness. */
  readonly random?: Random
}
