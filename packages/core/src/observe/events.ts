import { callListener } from './call-listener.ts'
import type { StaleReason } from './outcome.ts'
import type { Subscription } from './subscription.ts'

/** Which entry an event is about. */
interface About {
  /** Name of the cache. */
  readonly cache: string
  /** The key, as the string that names the entry. */
  readonly key: string
}

/** What caches tell their listeners, by the name of the event. */
export interface CacheEvents {
  /** A read was answered from this process' memory or from the shared store. */
  readonly hit: About & { readonly source: 'l1' | 'l2' } & (
      { readonly state: 'fresh' } | { readonly state: 'stale'; readonly reason: StaleReason }
    )
  /** A read that neither could answer; if it loads, or shares a load, `load` tells how that ended. */
  readonly miss: About
  /** A loader has ended, after so many milliseconds: with a value, with nothing, or with an error or the hard timeout. */
  readonly load: About & { readonly durationMs: number } & (
      { readonly result: 'loaded' | 'nothing' } | { readonly result: 'failed'; readonly error: unknown }
    )
  /** A loaded value was not kept: an invalidation, another write or a fault came between. */
  readonly refused: About
  /** A loaded value could not be encoded, or was too large. */
  readonly uncacheable: About & { readonly error: unknown }
  /** An entry in the store could not be used: malformed, of an unknown format, not passing the schema. It counts as a miss. */
  readonly unreadable: About & { readonly error?: unknown }
  /** A value was written. `superseded`: a newer write or an invalidation came first; `queued`: its removal waits for the backend. */
  readonly set: About & { readonly result: 'stored' | 'superseded' | 'queued' }
  /** Keys, tags or a whole cache were invalidated by this process. */
  readonly invalidate:
    | { readonly kind: 'keys'; readonly cache: string; readonly keys: readonly string[] }
    | { readonly kind: 'tags'; readonly tags: readonly string[] }
    | { readonly kind: 'cache'; readonly cache: string }
  /** An operation of the backend failed or came too late. */
  readonly 'store-error': { readonly cache: string; readonly error: unknown }
}

/** Hears one kind of event. What it throws goes to `onError`. */
export type CacheListener<E extends keyof CacheEvents> = (event: CacheEvents[E]) => unknown

const NAMES: { readonly [E in keyof CacheEvents]: true } = {
  hit: true,
  miss: true,
  load: true,
  refused: true,
  uncacheable: true,
  unreadable: true,
  set: true,
  invalidate: true,
  'store-error': true,
}

/** The listeners of one manager and its caches. Costs a test of `listening` while there are none. */
export class Events {
  /** Whether anybody listens to anything: if not, no event need be made. */
  listening = false
  readonly #listeners = new Map<keyof CacheEvents, Set<(event: never) => unknown>>()
  readonly #onError: (error: unknown) => void

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  /**
   * Calls `listener` for every event of that name until the subscription is closed.
   * @throws TypeError for a name that no event has.
   */
  on<E extends keyof CacheEvents>(name: E, listener: CacheListener<E>): Subscription {
    if (!Object.hasOwn(NAMES, name)) {
      throw new TypeError(`there is no event ${JSON.stringify(name)}; there are: ${Object.keys(NAMES).join(', ')}`)
    }
    // A function of its own for each call: two subscriptions of one listener end one by one.
    const own: CacheListener<E> = (event) => listener(event)
    let listeners = this.#listeners.get(name)
    if (listeners === undefined) this.#listeners.set(name, (listeners = new Set()))
    listeners.add(own)
    this.listening = true
    const close = (): void => {
      listeners.delete(own)
      this.listening = [...this.#listeners.values()].some((set) => set.size > 0)
    }
    return { close, [Symbol.dispose]: close }
  }

  /** Tells everybody who listens, now. */
  emit<E extends keyof CacheEvents>(name: E, event: CacheEvents[E]): void {
    const listeners = this.#listeners.get(name) as ReadonlySet<CacheListener<E>> | undefined
    if (listeners === undefined) return
    for (const listener of listeners) callListener(listener, event, this.#onError)
  }
}
