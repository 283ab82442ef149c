import type { Clock } from '@larder/core'
import type { Observer } from '../observe/observer.ts'
import { tablesOf } from '../tag/tables-of.ts'
import type { CommitSignals } from './commit-signals.ts'

/** Tags that core takes in one call. */
const MOST_AT_ONCE = 256

/** A change that is about to be committed. */
export interface Intent {
  /** To be called when it was invalidated. Never rejects. */
  end(): Promise<void>
}

/**
 * Strict consistency: before a change is committed, nothing that it concerns is left in the cache, and nothing is kept until it was invalidated again,
 * or the lease has run out because this process died.
 */
export class StrictCommits {
  readonly #signals: CommitSignals
  readonly #clock: Clock
  readonly #leaseMs: number
  readonly #observer: Observer

  constructor(how: {
    readonly signals: CommitSignals
    readonly clock: Clock
    readonly leaseMs: number
    readonly observer: Observer
  }) {
    this.#signals = how.signals
    this.#clock = how.clock
    this.#leaseMs = how.leaseMs
    this.#observer = how.observer
  }

  /** Before what moves these tags is made visible. Rejects, so that nothing is committed, if the cache cannot be told. */
  async before(tags: ReadonlySet<string>): Promise<Intent | undefined> {
    if (tags.size === 0) return undefined
    const stake = [...tags]
    const tables = tablesOf(stake)
    const began = this.#clock.monotonic()
    await this.#signals.intend(tables, this.#leaseMs)
    for (let from = 0; from < stake.length; from += MOST_AT_ONCE)
      await this.#signals.invalidate(stake.slice(from, from + MOST_AT_ONCE))
    return { end: () => this.#end(tables, began) }
  }

  async #end(tables: readonly string[], began: number): Promise<void> {
    // Late, it might withdraw the intent of somebody else: ours has run out, or will.
    if (this.#clock.monotonic() - began > this.#leaseMs / 2) return this.#observer.tell({ kind: 'lease-too-short' })
    await this.#signals.withdraw(tables, this.#leaseMs).catch((error: unknown) => this.#observer.fail(error))
  }
}
