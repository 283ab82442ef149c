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
import type { Deadlines, Ending } from '../deadline.ts'
import { InvalidKeyError } from '../errors/invalid-key-error.ts'
import { StoreTimeoutError } from '../errors/store-timeout-error.ts'
import { recordItem, storeKeys } from '../key/cache-key.ts'
import { unavailable } from './unavailable.ts'

/** What a look into the shared store found. */
export type Found = { readonly kind: 'frame'; readonly frame: Frame } | { readonly kind: 'miss' } | Down

/** The store did not answer as it should. */
export interface Down {
  readonly kind: 'down'
  readonly error: Error
}

const MISS: Found = { kind: 'miss' }

/** Longest UTF-8 form of a UTF-16 unit, in bytes. */
const UTF8_BYTES = 3

/** The half of a cache that other processes share: its store, in terms of this cache's keys, and never without a deadline. */
export class Far {
  readonly #store: Store
  readonly #namespace: string
  readonly #cache: string
  readonly #keyOf: (key: string) => string
  readonly #deadlines: Deadlines
  readonly #onError: (error: unknown) => void

  constructor(parts: {
    readonly store: Store
    readonly namespace: string
    readonly cache: string
    readonly deadlines: Deadlines
    /** Called with the error of every operation that fails. */
    readonly onError: (error: unknown) => void
  }) {
    this.#store = parts.store
    this.#namespace = parts.namespace
    this.#cache = parts.cache
    this.#keyOf = storeKeys(parts.namespace, parts.cache)
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

  look(key: string, timeoutMs: number): Promise<Found> {
    return new Promise((resolve) => {
      const ending: Ending<Frame | undefined> = {
        resolved: (frame) => resolve(frame === undefined ? MISS : { kind: 'frame', frame }),
        rejected: (error) => resolve({ kind: 'down', error: this.#failed(error, key) }),
        expired: () => ending.rejected(this.#late(key, timeoutMs)),
      }
      try {
        this.#deadlines.watch(this.#store.get(this.#keyOf(key)), timeoutMs, ending)
      } catch (error) {
        ending.rejected(error)
      }
    })
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
        return frame === undefined ? MISS : { kind: 'frame', frame }
      })
    } catch (error) {
      const down: Down = { kind: 'down', error: unavailable(error, 'the store') }
      this.#onError(down.error)
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

  /** Rejects with a CacheError when the store fails or is late. */
  async #bounded<R>(key: string, timeoutMs: number, call: (stored: string) => Promise<R>): Promise<R> {
    try {
      return await this.#deadlines.race(call(this.#keyOf(key)), timeoutMs, () => this.#late(key, timeoutMs))
    } catch (error) {
      throw this.#failed(error, key)
    }
  }

  #late(key: string, timeoutMs: number): Error {
    return new StoreTimeoutError(`the store did not answer within ${timeoutMs} ms`, {
      key: recordItem(this.#cache, key),
    })
  }

  #failed(error: unknown, key: string): Error {
    const failure = unavailable(error, 'the store', recordItem(this.#cache, key))
    this.#onError(failure)
    return failure
  }
}
