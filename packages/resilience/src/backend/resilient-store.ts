import type {
  Drop,
  DropRequest,
  Edited,
  EditRequest,
  FillRequest,
  Frame,
  Store,
  StoreManifest,
  Take,
  TakeRequest,
} from '@larder/core/contracts'
import type { Guard } from './guard.ts'

/**
 * A store under policies. Repeated is what has the same effect twice as once, even if the first attempt takes effect late: reading, renewing
 * and ending a lease, taking a value away. Not so what answers by what it found: a `take` repeated would find its own lease held, a `fill` its
 * own lease spent, an `edit` its own change, and a `drop` that leaves a lease could take away, late, what was filled under it.
 */
export class ResilientStore implements Store {
  readonly #store: Store
  readonly #guard: Guard

  constructor(store: Store, guard: Guard) {
    this.#store = store
    this.#guard = guard
  }

  get manifest(): StoreManifest {
    return this.#store.manifest
  }

  get(key: string): Promise<Frame | undefined> {
    return this.#guard.repeated(() => this.#store.get(key))
  }

  getMany(keys: readonly string[]): Promise<readonly (Frame | undefined)[]> {
    return this.#guard.repeated(() => this.#store.getMany(keys))
  }

  take(key: string, request: TakeRequest): Promise<Take> {
    return this.#guard.once(() => this.#store.take(key, request))
  }

  fill(key: string, request: FillRequest): Promise<boolean> {
    return this.#guard.once(() => this.#store.fill(key, request))
  }

  drop(key: string, request: DropRequest): Promise<Drop> {
    const call = (): Promise<Drop> => this.#store.drop(key, request)
    return request.token === undefined ? this.#guard.repeated(call) : this.#guard.once(call)
  }

  renew(key: string, token: string, leaseMs: number): Promise<boolean> {
    return this.#guard.repeated(() => this.#store.renew(key, token, leaseMs))
  }

  release(key: string, token: string): Promise<void> {
    return this.#guard.repeated(() => this.#store.release(key, token))
  }

  edit(key: string, request: EditRequest): Promise<Edited> {
    return this.#guard.once(() => this.#store.edit(key, request))
  }
}
