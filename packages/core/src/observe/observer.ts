import type { CacheEvents, Events } from './events.ts'
import type { Outcome, ValueOutcome } from './outcome.ts'
import { Counters } from './stats.ts'

type About = CacheEvents['miss']

/** Counts what one cache does, and tells those who listen. Free of allocation while nobody does. */
export class Observer {
  readonly counters: Counters = new Counters()
  readonly #cache: string
  readonly #events: Events

  constructor(cache: string, events: Events) {
    this.#cache = cache
    this.#events = events
  }

  /** A read came to `outcome`. */
  read(key: string, outcome: Outcome<unknown>): void {
    if (outcome.kind === 'absent' || outcome.source === 'loader') this.#miss(key)
    else this.#hit(key, outcome)
  }

  /** A read found a fresh value in this process' memory: what most reads come to. */
  nearHit(key: string): void {
    this.counters.l1Hits++
    if (this.#events.listening) this.#events.emit('hit', { ...this.#about(key), source: 'l1', state: 'fresh' })
  }

  #hit(key: string, outcome: ValueOutcome<unknown>): void {
    if (outcome.source === 'l1') this.counters.l1Hits++
    else this.counters.l2Hits++
    if (outcome.state === 'stale') this.counters.staleServed++
    if (this.#events.listening) this.#events.emit('hit', hitOf(this.#about(key), outcome))
  }

  #miss(key: string): void {
    this.counters.misses++
    if (this.#events.listening) this.#events.emit('miss', this.#about(key))
  }

  /** A read shares one that is under way. */
  coalesced(): void {
    this.counters.coalesced++
  }

  /** A loader is called. */
  loading(): void {
    this.counters.loads++
  }

  /** A loader has ended, `durationMs` after it was called. */
  loaded(
    key: string,
    durationMs: number,
    ended: { readonly kind: 'loaded' | 'nothing' | 'failed'; readonly error?: unknown },
  ): void {
    if (ended.kind === 'failed') this.counters.loadErrors++
    if (!this.#events.listening) return
    const about = { ...this.#about(key), durationMs }
    this.#events.emit(
      'load',
      ended.kind === 'failed' ? { ...about, result: 'failed', error: ended.error } : { ...about, result: ended.kind },
    )
  }

  /** A loaded value is not kept. */
  refused(key: string): void {
    this.counters.refusedFills++
    if (this.#events.listening) this.#events.emit('refused', this.#about(key))
  }

  /** A loaded value cannot be encoded, or is too large. */
  uncacheable(key: string, error: unknown): void {
    this.counters.uncacheable++
    if (this.#events.listening) this.#events.emit('uncacheable', { ...this.#about(key), error })
  }

  /** What the store has for a key cannot be used. */
  unreadable(key: string, error?: unknown): void {
    this.counters.unreadable++
    if (!this.#events.listening) return
    this.#events.emit('unreadable', error === undefined ? this.#about(key) : { ...this.#about(key), error })
  }

  /** What the store has for a key could not be decrypted, or is not encrypted where it should be. */
  undecrypted(key: string, error: unknown): void {
    this.counters.decryptionFailures++
    this.unreadable(key, error)
  }

  /** A value was written, or something came before it. */
  wrote(key: string, result: CacheEvents['set']['result']): void {
    this.counters.sets++
    if (this.#events.listening) this.#events.emit('set', { ...this.#about(key), result })
  }

  /** Keys were invalidated. */
  invalidated(keys: readonly string[]): void {
    this.counters.deletes += keys.length
    if (this.#events.listening) this.#events.emit('invalidate', { kind: 'keys', cache: this.#cache, keys })
  }

  /** The whole cache was invalidated. */
  cleared(): void {
    if (this.#events.listening) this.#events.emit('invalidate', { kind: 'cache', cache: this.#cache })
  }

  /** An operation of the backend failed. */
  storeFailed(error: unknown): void {
    this.counters.storeErrors++
    if (this.#events.listening) this.#events.emit('store-error', { cache: this.#cache, error })
  }

  #about(key: string): About {
    return { cache: this.#cache, key }
  }
}

function hitOf(about: About, outcome: ValueOutcome<unknown>): CacheEvents['hit'] {
  const source = outcome.source === 'l1' ? 'l1' : 'l2'
  if (outcome.state === 'fresh') return { ...about, source, state: 'fresh' }
  return { ...about, source, state: 'stale', reason: outcome.reason }
}
