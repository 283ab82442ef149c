import type { Cache, Clock } from '@larder/core'
import type { Statement } from '@larder/query-tags'
import type { QueryRunner } from 'typeorm'
import type { Observer } from '../observe/observer.ts'
import type { Signals } from './signals.ts'
import type { StatementWatcher } from './statement-watcher.ts'
import { tablesOf } from './tables-of.ts'

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
  readonly #watcher: StatementWatcher
  readonly #signals: Signals
  readonly #cache: Pick<Cache<unknown>, 'invalidateTags'>
  readonly #clock: Clock
  readonly #leaseMs: number
  readonly #observer: Observer

  constructor(how: {
    readonly watcher: StatementWatcher
    readonly signals: Signals
    /** Rejects what the store does not take. */
    readonly cache: Pick<Cache<unknown>, 'invalidateTags'>
    readonly clock: Clock
    readonly leaseMs: number
    readonly observer: Observer
  }) {
    this.#watcher = how.watcher
    this.#signals = how.signals
    this.#cache = how.cache
    this.#clock = how.clock
    this.#leaseMs = how.leaseMs
    this.#observer = how.observer
  }

  /** Rejects, so that nothing is committed, if the cache cannot be told. */
  async before(
    runner: QueryRunner,
    statements: readonly Statement[],
    parameters: readonly unknown[],
  ): Promise<Intent | undefined> {
    const tags = [...this.#atStake(runner, statements, parameters)]
    if (tags.length === 0) return undefined
    const tables = tablesOf(tags)
    const began = this.#clock.monotonic()
    await this.#signals.intend(tables, this.#leaseMs)
    for (let from = 0; from < tags.length; from += 256)
      await this.#cache.invalidateTags(...tags.slice(from, from + 256))
    return { end: () => this.#end(tables, began) }
  }

  /** What a COMMIT, or a change outside a transaction, is about to make visible. */
  #atStake(runner: QueryRunner, statements: readonly Statement[], parameters: readonly unknown[]): ReadonlySet<string> {
    const { pending } = this.#watcher.connections.of(runner)
    const stake = new Set<string>()
    for (const statement of statements) {
      if (statement.kind === 'transaction' && statement.step.kind !== 'rollback') {
        if (statement.step.kind === 'commit' || statement.step.kind === 'begin')
          for (const tag of pending.tags) stake.add(tag)
      } else if (!pending.open || statements.length > 1) {
        for (const tag of this.#watcher.tagsOf(statement, parameters, undefined)) stake.add(tag)
      }
    }
    return stake
  }

  async #end(tables: readonly string[], began: number): Promise<void> {
    // Late, it might withdraw the intent of somebody else: ours has run out, or will.
    if (this.#clock.monotonic() - began > this.#leaseMs / 2) return this.#observer.tell({ kind: 'lease-too-short' })
    await this.#signals.withdraw(tables, this.#leaseMs).catch((error: unknown) => this.#observer.fail(error))
  }
}
