import type { Cache } from '@larder/core'
import type { Observer } from '../observe/observer.ts'
import { tablesOf } from '../tag/tables-of.ts'
import type { CommitSignals } from './commit-signals.ts'

/** Tags that core takes in one call. */
const MOST_AT_ONCE = 256
/** Tags of one transaction that are told apart; with more, tables stand for their rows. */
const MOST_APART = 1_024

/**
 * Moves tags once changes are committed. Never rejects and never takes longer than the store's deadlines: what the store does not take is queued, and
 * meanwhile this process trusts nothing that the store says.
 */
export class Invalidator {
  readonly #cache: Pick<Cache<unknown>, 'invalidateTags'>
  readonly #observer: Observer
  readonly #hold: { readonly signals: CommitSignals; readonly maxLagMs: number } | undefined

  constructor(
    cache: Pick<Cache<unknown>, 'invalidateTags'>,
    how: {
      readonly observer: Observer
      /** With replicas: how long what they say is not kept. */
      readonly hold?: { readonly signals: CommitSignals; readonly maxLagMs: number } | undefined
    },
  ) {
    this.#cache = cache
    this.#observer = how.observer
    this.#hold = how.hold
  }

  async invalidate(tags: ReadonlySet<string>): Promise<void> {
    if (tags.size === 0) return
    const due = condensed(tags)
    // First the hold: who reads after the invalidation must find it.
    await this.#hold?.signals
      .hold(tablesOf(due), this.#hold.maxLagMs)
      .catch((error: unknown) => this.#observer.fail(error))
    for (let from = 0; from < due.length; from += MOST_AT_ONCE) {
      try {
        await this.#cache.invalidateTags(...due.slice(from, from + MOST_AT_ONCE))
      } catch (error) {
        this.#observer.fail(error)
      }
    }
    this.#observer.tell({ kind: 'invalidate', tags: due })
  }
}

/** Too many rows of a table: whatever is read of it by any scheme. */
function condensed(tags: ReadonlySet<string>): readonly string[] {
  if (tags.size <= MOST_APART) return [...tags]
  const due = new Set<string>()
  for (const tag of tags) {
    const [kind, table] = tag.split(':', 2) as [string, string]
    due.add(kind === 'e' || kind === 'w' ? `c:${table}` : tag)
  }
  return [...due]
}
