import type { CacheEvent, QueryStats } from './cache-event.ts'

/** Counts what happens and passes it on. */
export class Observer {
  readonly #onEvent: ((event: CacheEvent) => void) | undefined
  readonly #onError: ((error: unknown) => void) | undefined
  #hits = 0
  #misses = 0
  #bypasses = 0
  #invalidations = 0

  constructor(how: {
    readonly onEvent: ((event: CacheEvent) => void) | undefined
    readonly onError: ((error: unknown) => void) | undefined
  }) {
    this.#onEvent = how.onEvent
    this.#onError = how.onError
  }

  get stats(): QueryStats {
    return { hits: this.#hits, misses: this.#misses, bypasses: this.#bypasses, invalidations: this.#invalidations }
  }

  tell(event: CacheEvent): void {
    if (event.kind === 'hit') this.#hits++
    if (event.kind === 'miss') this.#misses++
    if (event.kind === 'bypass') this.#bypasses++
    if (event.kind === 'invalidate') this.#invalidations++
    try {
      this.#onEvent?.(event)
    } catch (error) {
      this.fail(error)
    }
  }

  /** Reports what no caller hears of. Never throws. */
  fail(error: unknown): void {
    try {
      this.#onError?.(error)
    } catch {
      // A listener that throws has nobody left to tell.
    }
  }
}
