import type { Cache, CacheManager } from '@larder/core'

/** Kept so that its absence tells that the store did not answer. */
const ALIVE = 'alive'

/** One cache for all ORMs: they raise signals for each other. What the manager's defaults say of times is not for signals: they last as long as they must. */
const COMMITS = Object.freeze({ l1: false, onUnavailable: 'fail', jitter: 0, grace: 0 } as const)

/** What a reader must know of tables before it keeps what it reads: `unknown` counts as raised. */
export type SignalState = 'clear' | 'raised' | 'unknown'

/**
 * Short-lived notes about tables that all processes see: that somebody is about to commit a change (strict consistency), or has just done so
 * (replicas lag).
 */
export class CommitSignals {
  readonly #cache: Cache<number>

  constructor(manager: CacheManager) {
    this.#cache = manager.cache<number>('commits', COMMITS)
  }

  /** Moves tags, as an invalidation does. Rejects what the store does not take. */
  async invalidate(tags: readonly string[]): Promise<void> {
    await this.#cache.invalidateTags(...tags)
  }

  /** Raises a hold that lowers itself. Rejects if the store does not take it. */
  async hold(tables: readonly string[], ttlMs: number): Promise<void> {
    await this.#cache.setMany(
      tables.map((table) => [`hold:${table}`, 1] as const),
      { ttl: ttlMs },
    )
  }

  /** Raises one more intent on each table, which lowers itself after `ttlMs` unless another keeps it up. Rejects if the store does not take it. */
  async intend(tables: readonly string[], ttlMs: number): Promise<void> {
    await Promise.all(tables.map((table) => this.#intendOne(`intent:${table}`, ttlMs)))
  }

  /** Lowers one intent on each table. `ttlMs` is what they were raised with. */
  async withdraw(tables: readonly string[], ttlMs: number): Promise<void> {
    await Promise.all(
      tables.map(async (table) => {
        const name = `intent:${table}`
        // Below zero the store had lost the count: it must not swallow the next one's intent.
        if ((await this.#cache.decrement(name)) < 0) await this.#cache.set(name, 1, { ttl: ttlMs })
      }),
    )
  }

  /** Whether one of the tables has such a signal, asked of the store itself. */
  async read(kind: 'hold' | 'intent', tables: readonly string[]): Promise<SignalState> {
    const names = tables.map((table) => `${kind}:${table}`)
    const found = await this.#cache.getMany([ALIVE, ...names], { fresh: true })
    if (!found.has(ALIVE)) {
      await this.#cache.set(ALIVE, 1, { ttl: 'forever' }).catch(() => undefined)
      return 'unknown'
    }
    return names.some((name) => (found.get(name) ?? 0) > 0) ? 'raised' : 'clear'
  }

  /** Makes the first answer of `read` a known one. */
  async open(): Promise<void> {
    await this.#cache.set(ALIVE, 1, { ttl: 'forever' }).catch(() => undefined)
  }

  async #intendOne(name: string, ttlMs: number): Promise<void> {
    // The count may expire between the two: then it is made anew.
    for (let attempt = 0; attempt < 5; attempt++) {
      await this.#cache.increment(name, 1, { ttl: ttlMs })
      if (await this.#cache.touch(name, ttlMs)) return
    }
    throw new Error(`the intent to change ${name} could not be kept up`)
  }
}
