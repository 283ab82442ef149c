import type {
  Clock,
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
import type { Calls } from './calls.ts'
import type { Exchange } from './client/exchange.ts'
import type { Server } from './client/server.ts'
import { exptime } from './exptime.ts'
import { dropStep } from './item/drop-step.ts'
import { editStep } from './item/edit-step.ts'
import { fillStep } from './item/fill-step.ts'
import { decodeState, encodeState, NOTHING } from './item/item-state.ts'
import type { ItemState } from './item/item-state.ts'
import { leaseStep } from './item/lease-step.ts'
import { present } from './item/present.ts'
import type { Step } from './item/step.ts'
import { takeStep } from './item/take-step.ts'
import { itemKey } from './item-key.ts'
import { changeItem, readItem, readValue } from './items.ts'
import type { ItemValue } from './items.ts'
import type { Servers } from './servers.ts'

/** What an item holds beside a frame, at most: the server's header, the key, and the other parts of its state. */
const RESERVED_BYTES = 1024

/**
 * The {@link Store} in Memcached: one item a key, which holds entry, lease and version floor, and is changed by compare-and-set only. See
 * {@link ItemState}. Whatever the server evicts or forgets takes the lease with it, so a fill can no longer succeed.
 */
export class MemcachedStore implements Store {
  readonly #servers: Servers
  readonly #calls: Calls
  readonly #clock: Clock

  constructor(parts: { readonly servers: Servers; readonly calls: Calls; readonly clock: Clock }) {
    this.#servers = parts.servers
    this.#calls = parts.calls
    this.#clock = parts.clock
  }

  /** Read anew each time: a server tells its item limit when it is connected. */
  get manifest(): StoreManifest {
    return {
      name: 'memcached',
      shared: true,
      maxKeyBytes: 2 ** 16,
      maxFrameBytes: this.#servers.maxItemBytes - RESERVED_BYTES,
      versions: true,
      edits: true,
    }
  }

  get(key: string): Promise<Frame | undefined> {
    return this.#calls.run(this.#servers.of(key), 'get', (exchange) => this.#read(exchange, key))
  }

  /** Where some of the servers cannot be reached, their keys hold nothing; it rejects if that is all of them. */
  async getMany(keys: readonly string[]): Promise<readonly (Frame | undefined)[]> {
    const byServer = new Map<Server, string[]>()
    for (const key of new Set(keys)) {
      const server = this.#servers.of(key)
      const own = byServer.get(server)
      if (own === undefined) byServer.set(server, [key])
      else own.push(key)
    }
    const frames = new Map<string, Frame | undefined>()
    const results = await Promise.allSettled(
      [...byServer].map(([server, own]) =>
        this.#calls.run(server, 'get', async (exchange) => {
          const found = await Promise.all(own.map((key) => this.#read(exchange, key)))
          own.forEach((key, i) => frames.set(key, found[i]))
        }),
      ),
    )
    const failure = results.find((result) => result.status === 'rejected')
    if (failure !== undefined && results.every(({ status }) => status === 'rejected')) throw failure.reason
    return keys.map((key) => frames.get(key))
  }

  take(key: string, request: TakeRequest): Promise<Take> {
    return this.#change(key, 'take', (state) => takeStep(state, request, this.#clock.now()))
  }

  fill(key: string, request: FillRequest): Promise<boolean> {
    // Copied now: the caller may reuse its buffer while the item is read.
    const own = { ...request, frame: Uint8Array.from(request.frame) }
    return this.#change(key, 'fill', (state) => fillStep(state, own, this.#clock.now()))
  }

  drop(key: string, request: DropRequest): Promise<Drop> {
    return this.#change(key, 'drop', (state) => dropStep(state, request, this.#clock.now()))
  }

  renew(key: string, token: string, leaseMs: number): Promise<boolean> {
    return this.#change(key, 'renew', (state) => leaseStep(state, token, this.#clock.now() + leaseMs))
  }

  async release(key: string, token: string): Promise<void> {
    await this.#change(key, 'release', (state) => leaseStep(state, token, undefined))
  }

  edit(key: string, request: EditRequest): Promise<Edited> {
    const own = request.kind === 'replace' ? { ...request, frame: Uint8Array.from(request.frame) } : request
    return this.#change(key, 'edit', (state) => editStep(state, own, this.#clock.now()))
  }

  async #read(exchange: Exchange, key: string): Promise<Frame | undefined> {
    const data = await readValue(exchange, itemKey('v', key))
    return data === undefined ? undefined : present(decodeState(data), this.#clock.now()).entry?.frame
  }

  /** Reads the state of a key and puts another in its place, until nobody comes between. */
  #change<R>(key: string, operation: string, step: (state: ItemState) => Step<R>): Promise<R> {
    return this.#calls.run(this.#servers.of(key), operation, async (exchange) => {
      const name = itemKey('v', key)
      for (;;) {
        const { data, cas } = await readItem(exchange, name)
        const now = this.#clock.now()
        const { answer, next } = step(data === undefined ? NOTHING : present(decodeState(data), now))
        if (next === undefined || (await changeItem(exchange, name, { cas, value: valueOf(next, now) }))) return answer
      }
    })
  }
}

/** A state as an item that lives as long as its last part; `undefined` for one that holds nothing. */
function valueOf(state: ItemState, now: number): ItemValue | undefined {
  const { lease, floor, entry } = state
  const endsAt = Math.max(...[lease, floor, entry].map((part) => part?.endsAt ?? -Infinity))
  return endsAt === -Infinity ? undefined : { data: encodeState(state), seconds: exptime(endsAt - now) }
}
