import type { Frame } from '../contracts/frame.ts'
import type {
  Drop,
  DropRequest,
  Edited,
  EditRequest,
  FillRequest,
  Store,
  Take,
  TakeRequest,
} from '../contracts/store.ts'
import type { Deadlines } from '../deadline.ts'
import { InvalidKeyError } from '../errors/invalid-key-error.ts'
import { StoreTimeoutError } from '../errors/store-timeout-error.ts'
import { recordItem, storeKey } from '../key/cache-key.ts'
import { unavailable } from './unavailable.ts'

/** What a look into the shared store found. */
export type Found = { readonly kind: 'frame'; readonly frame: Frame } | { readonly kind: 'miss' } | Down

/** The store did not answer as it should. */
export interface Down {
  readonly kind: 'down'
  readonly error: Error
}

/** Longest UTF-8 form of a UTF-16 unit, in bytes. */
const UTF8_BYTES = 3

/** The half of a cache that other processes share: its store, in terms of this cache's keys, and never without a deadline. */
export class Far {
  readonly #store: Store
  readonly #namespace: string
  readonly #cache: string
  readonly #deadlines: Deadlines
  readonly #onError: () => void

  constructor(parts: {
    readonly store: Store
    readonly namespace: string
    readonly cache: string
    readonly deadlines: Deadlines
    /** Called for every operation that fails. */
    readonly onError: () => void
  }) {
    this.#store = parts.store
    this.#namespace = parts.namespace
    this.#cache = parts.cache
    this.#deadlines = parts.deadlines
    this.#onError = parts.onError
  }

  /** Largest frame worth sending, in bytes. */
  get maxFrameBytes(): number {
    return this.#store.manifest.maxFrameBytes
  }

  /** @throws InvalidKeyError for a key that is longer than the store's keys may be. */
  checkKey(key: string): void {
    const most = this.#store.manifest.maxKeyBytes
    if ((key.length + this.#namespace.length + this.#cache.length) * UTF8_BYTES * UTF8_BYTES + UTF8_BYTES <= most)
      return
    const bytes = Buffer.byteLength(this.#keyOf(key))
    if (bytes > most)
      throw new InvalidKeyError(`a key takes ${bytes} bytes in ${this.#store.manifest.name}, which allows ${most}`)
  }

  async look(key: string, timeoutMs: number): Promise<Found> {
    try {
      const frame = await this.#bounded(key, timeoutMs, (stored) => this.#store.get(stored))
      return frame === undefined ? { kind: 'miss' } : { kind: 'frame', frame }
    } catch (error) {
      return { kind: 'down', error: error as Error }
    }
  }

  /** `look` of several keys in one go, answered in their order. */
  async lookMany(keys: readonly string[], timeoutMs: number): Promise<readonly Found[]> {
    try {
      const late = (): Error => new StoreTimeoutError(`the store did not answer within ${timeoutMs} ms`)
      const frames = await this.#deadlines.race(
        this.#store.getMany(keys.map((key) => this.#keyOf(key))),
        timeoutMs,
        late,
      )
      return keys.map((_, index): Found => {
        const frame = frames[index]
        return frame === undefined ? { kind: 'miss' } : { kind: 'frame', frame }
      })
    } catch (error) {
      this.#onError()
      const down: Down = { kind: 'down', error: unavailable(error, 'the store') }
      return keys.map(() => down)
    }
  }

  async take(key: string, request: TakeRequest, timeoutMs: number): Promise<Take | Down> {
    try {
      return await this.#bounded(key, timeoutMs, (stored) => this.#store.take(stored, request))
    } catch (error) {
      return { kind: 'down', error: error as Error }
    }
  }

  fill(key: string, request: FillRequest, timeoutMs: number): Promise<boolean> {
    return this.#bounded(key, timeoutMs, (stored) => this.#store.fill(stored, request))
  }

  drop(key: string, request: DropRequest, timeoutMs: number): Promise<Drop> {
    return this.#bounded(key, timeoutMs, (stored) => this.#store.drop(stored, request))
  }

  renew(key: string, lease: { readonly token: string; readonly leaseMs: number }, timeoutMs: number): Promise<boolean> {
    return this.#bounded(key, timeoutMs, (stored) => this.#store.renew(stored, lease.token, lease.leaseMs))
  }

  release(key: string, token: string, timeoutMs: number): Promise<void> {
    return this.#bounded(key, timeoutMs, (stored) => this.#store.release(stored, token))
  }

  edit(key: string, request: EditRequest, timeoutMs: number): Promise<Edited> {
    return this.#bounded(key, timeoutMs, (stored) => this.#store.edit(stored, request))
  }

  #keyOf(key: string): string {
    return storeKey(this.#namespace, this.#cache, key)
  }

  /** Rejects with a CacheError when the store fails or is late. */
  async #bounded<R>(key: string, timeoutMs: number, call: (stored: string) => Promise<R>): Promise<R> {
    try {
      return await this.#deadlines.race(
        call(this.#keyOf(key)),
        timeoutMs,
        () =>
          new StoreTimeoutError(`the store did not answer within ${timeoutMs} ms`, {
            key: recordItem(this.#cache, key),
          }),
      )
    } catch (error) {
      this.#onError()
      throw unavailable(error, 'the store', recordItem(this.#cache, key))
    }
  }
}
