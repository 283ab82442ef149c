import { systemClock } from '@larder/core'
import type { Cache } from '@larder/core'
import type { Observer } from '../observe/observer.ts'
import type { DatabaseOptions } from '../options/database-options.ts'
import { finiteDurationMs } from '../options/finite-duration-ms.ts'
import type { QueryOptions } from '../options/query-options.ts'
import { tablesOf } from '../tag/tables-of.ts'
import { CommitSignals } from './commit-signals.ts'
import { Invalidator } from './invalidator.ts'
import { StrictCommits } from './strict-commits.ts'

/** What is done around commits: the invalidation after them, and with strict consistency or replicas what readers must know of them. */
export class Commits {
  readonly invalidator: Invalidator
  /** With strict consistency. */
  readonly strict: StrictCommits | undefined
  readonly #signals: CommitSignals | undefined
  readonly #hasReplica: boolean
  #opened: Promise<void> | undefined

  constructor(
    options: DatabaseOptions & QueryOptions,
    { cache, observer }: { readonly cache: Pick<Cache<unknown>, 'invalidateTags'>; readonly observer: Observer },
  ) {
    const { consistency, replica, clock = systemClock } = options
    this.#hasReplica = replica !== undefined
    const signals = consistency === 'strict' || this.#hasReplica ? new CommitSignals(options.cache) : undefined
    this.#signals = signals
    const maxLagMs = replica === undefined ? 0 : finiteDurationMs(replica.maxLag, 'replica.maxLag')
    const leaseMs = finiteDurationMs(options.lease ?? '10s', 'lease')
    const hold = replica === undefined || signals === undefined ? undefined : { signals, maxLagMs }
    this.invalidator = new Invalidator(cache, { observer, hold })
    this.strict =
      consistency === 'strict' && signals !== undefined
        ? new StrictCommits({ signals, clock, leaseMs, observer })
        : undefined
  }

  /** Whether a change of what carries these tags may be about to be committed: what is read now must not be kept. */
  async isIntended(tags: Iterable<string>): Promise<boolean> {
    return this.strict !== undefined && (await this.#isRaised('intent', tags))
  }

  /** Whether a replica may not yet have a change of what carries these tags. */
  async isLagging(tags: Iterable<string>): Promise<boolean> {
    return this.#hasReplica && (await this.#isRaised('hold', tags))
  }

  async #isRaised(kind: 'hold' | 'intent', tags: Iterable<string>): Promise<boolean> {
    // A user's own tags name no tables.
    const tables = tablesOf([...tags].filter((tag) => /^[dtewc]:/.test(tag)))
    // The first answer shall be a known one.
    await (this.#opened ??= this.#signals?.open())
    // Without an answer there may be a signal.
    const state = await this.#signals?.read(kind, tables).catch(() => 'unknown' as const)
    return state !== 'clear'
  }
}
