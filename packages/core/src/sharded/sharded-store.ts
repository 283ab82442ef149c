import type { Ring } from '../contracts/ring.ts'
import type { Frame } from '../contracts/frame.ts'
import type {
  Drop,
  DropRequest,
  Edited,
  EditRequest,
  FillRequest,
  Store,
  StoreManifest,
  Take,
  TakeRequest,
} from '../contracts/store.ts'
import type { Placement } from './placement.ts'
import type { WrittenAs } from './written-as.ts'

/** What the name of a list's token takes in a key, in bytes. */
const TOKEN_BYTES = 17

/** The {@link Store} that several stores make: each key belongs to one of them, by consistent hashing, in the name of the list in force. */
export class ShardedStore implements Store {
  readonly #stores: readonly Store[]
  readonly #ring: Ring
  readonly #placement: Placement
  readonly #writtenAs: WrittenAs

  constructor(parts: {
    readonly stores: readonly Store[]
    readonly ring: Ring
    readonly placement: Placement
    readonly writtenAs: WrittenAs
  }) {
    this.#stores = parts.stores
    this.#ring = parts.ring
    this.#placement = parts.placement
    this.#writtenAs = parts.writtenAs
  }

  /** What all of them can do. Read anew each time: a store may learn its limits when it is connected. */
  get manifest(): StoreManifest {
    const all = this.#stores.map(({ manifest }) => manifest)
    return {
      name: 'sharded',
      shared: all.every(({ shared }) => shared),
      maxKeyBytes: Math.min(...all.map(({ maxKeyBytes }) => maxKeyBytes)) - TOKEN_BYTES,
      maxFrameBytes: Math.min(...all.map(({ maxFrameBytes }) => maxFrameBytes)),
      versions: all.every(({ versions }) => versions),
      edits: all.every(({ edits }) => edits),
    }
  }

  get(key: string): Promise<Frame | undefined> {
    return this.#read(key, (store, name) => store.get(name))
  }

  /** Where some of the stores cannot be reached, their keys hold nothing; it rejects if that is all of them. */
  async getMany(keys: readonly string[]): Promise<readonly (Frame | undefined)[]> {
    const byStore = new Map<number, string[]>()
    for (const key of new Set(keys)) {
      const at = this.#ring.locate(key)
      const own = byStore.get(at)
      if (own === undefined) byStore.set(at, [key])
      else own.push(key)
    }
    const frames = new Map<string, Frame | undefined>()
    const results = await Promise.allSettled(
      [...byStore].map(async ([at, own]) => {
        const found = await this.#readMany(this.#stores[at] as Store, own)
        own.forEach((key, index) => frames.set(key, found[index]))
      }),
    )
    const failure = results.find((result) => result.status === 'rejected')
    if (failure !== undefined && results.every(({ status }) => status === 'rejected')) throw failure.reason
    return keys.map((key) => frames.get(key))
  }

  take(key: string, request: TakeRequest): Promise<Take> {
    return this.#read(key, (store, name) => store.take(name, request))
  }

  fill(key: string, request: FillRequest): Promise<boolean> {
    return this.#write(key, 'wrote', (store, name) => store.fill(name, request))
  }

  drop(key: string, request: DropRequest): Promise<Drop> {
    return this.#write(key, 'removed', (store, name) => store.drop(name, request))
  }

  async renew(key: string, token: string, leaseMs: number): Promise<boolean> {
    return this.#storeOf(key).renew(nameOf(key, await this.#placement.token(namespaceOf(key))), token, leaseMs)
  }

  async release(key: string, token: string): Promise<void> {
    await this.#storeOf(key).release(nameOf(key, await this.#placement.token(namespaceOf(key))), token)
  }

  edit(key: string, request: EditRequest): Promise<Edited> {
    return this.#write(key, 'wrote', (store, name) => store.edit(name, request))
  }

  /** Reads again if another list came into force before the answer: what the old one stored may be out of date by now. */
  async #read<R>(key: string, call: (store: Store, name: string) => Promise<R>): Promise<R> {
    const namespace = namespaceOf(key)
    const store = this.#storeOf(key)
    for (;;) {
      const known = this.#placement.token(namespace)
      const token = typeof known === 'string' ? known : await known
      const answer = await call(store, nameOf(key, token))
      if (this.#placement.stands(namespace, token)) return answer
    }
  }

  /** The same for keys of one store. */
  async #readMany(store: Store, keys: readonly string[]): Promise<readonly (Frame | undefined)[]> {
    for (;;) {
      const tokens: string[] = []
      for (const key of keys) {
        const known = this.#placement.token(namespaceOf(key))
        tokens.push(typeof known === 'string' ? known : await known)
      }
      const found = await store.getMany(keys.map((key, index) => nameOf(key, tokens[index] as string)))
      if (keys.every((key, index) => this.#placement.stands(namespaceOf(key), tokens[index] as string))) return found
    }
  }

  /** Notes in whose name it was done, once it was: the journal asks for it. */
  async #write<R>(
    key: string,
    what: 'removed' | 'wrote',
    call: (store: Store, name: string) => Promise<R>,
  ): Promise<R> {
    const token = await this.#placement.token(namespaceOf(key))
    const answer = await call(this.#storeOf(key), nameOf(key, token))
    this.#writtenAs[what](key, token)
    return answer
  }

  #storeOf(key: string): Store {
    return this.#stores[this.#ring.locate(key)] as Store
  }
}

/** The key in the name of a list: what one list stored, another does not find. */
function nameOf(key: string, token: string): string {
  return `${key}~${token}`
}

/** The namespace that a key begins with, as journals know it. */
function namespaceOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf(':')))
}
