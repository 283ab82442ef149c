import type {
  Append,
  Clock,
  Journal,
  JournalManifest,
  Marks,
  MarksRequest,
  Random,
  RecordRef,
  Sync,
  Tail,
} from '@larder/core/contracts'
import type { Calls } from './calls.ts'
import type { Exchange } from './client/exchange.ts'
import { exptime } from './exptime.ts'
import { itemKey } from './item-key.ts'
import { changeItem, putItem, readItem, readValue } from './items.ts'
import { decodeMark, encodeMark } from './mark-item.ts'
import type { Servers } from './servers.ts'

/** Records have no order here. */
const NO_ID = '0-0'

/** Marks read or moved in one go: more would keep a server from its other clients for too long. */
const LARGEST_BATCH = 1000

/** A mark is prolonged when less than this share of the time it is to live is left: every load asks for it. */
const PROLONG_BELOW = 0.75

/** What a {@link MarkJournal} is made of. */
interface MarkJournalParts {
  readonly servers: Servers
  readonly calls: Calls
  readonly clock: Clock
  readonly random: Random
}

/** The marks of one server. */
interface Shelf {
  readonly exchange: Exchange
  readonly namespace: string
}

/**
 * Marks without a journal. Each server holds the marks of the entries it holds, so the loss of one server concerns its own entries only, and an
 * invalidation of tags must reach every server. There are no records; a **turn**, one item a server with a value that is never used twice,
 * stands for the journal's end. `append` moves the turn before it moves marks, and `marks` reads it after them: who finds the turn of before his
 * load has marks of before any invalidation that began since. A turn or a mark that was evicted equals nothing.
 */
export class MarkJournal implements Journal {
  readonly manifest: JournalManifest = { delivery: 'none' }
  readonly #servers: Servers
  readonly #calls: Calls
  readonly #clock: Clock
  readonly #random: Random

  constructor(parts: MarkJournalParts) {
    this.#servers = parts.servers
    this.#calls = parts.calls
    this.#clock = parts.clock
    this.#random = parts.random
  }

  /** Resolves once every server has moved its marks; a record of keys moves none. */
  async append(namespace: string, { kind, items, nonce, markTtlMs }: Append): Promise<RecordRef> {
    const ref = { id: NO_ID, nonce }
    if (kind === 'keys') return ref
    const names = [...new Set(items.map((item) => (kind === 'tags' ? '#' : '@') + item))]
    const value = `${ref.id}:${nonce}`
    const work = this.#servers.all.map((server) =>
      this.#calls.run(server, 'append', async (exchange) => {
        await this.#put({ exchange, namespace }, '', { value: nonce, ttlMs: Infinity })
        for (const batch of batches(names))
          await Promise.all(batch.map((name) => this.#put({ exchange, namespace }, name, { value, ttlMs: markTtlMs })))
      }),
    )
    const results = await Promise.allSettled(work)
    for (const result of results) if (result.status === 'rejected') throw result.reason
    return ref
  }

  marks(namespace: string, request: MarksRequest): Promise<Marks> {
    const { names, create, markTtlMs = 0, since, entryKey = '' } = request
    return this.#calls.run(this.#servers.of(entryKey), 'marks', async (exchange) => {
      const shelf = { exchange, namespace }
      const found = new Map<string, string | undefined>()
      for (const batch of batches([...new Set(names)]))
        await Promise.all(
          batch.map(async (name) => {
            const made = create?.[names.indexOf(name)]
            const value =
              made === undefined
                ? await this.#read(shelf, name)
                : await this.#ensure(shelf, name, { value: made, ttlMs: markTtlMs })
            found.set(name, value)
          }),
        )
      const marks = names.map((name) => found.get(name))
      if (create === undefined && since === undefined) return { marks, head: { id: NO_ID, nonce: '' }, unmoved: true }
      const turn = await this.#ensure(shelf, '', { value: this.#random.token(), ttlMs: Infinity })
      return { marks, head: { id: NO_ID, nonce: turn }, unmoved: since === undefined || since.nonce === turn }
    })
  }

  /** What was missed is never known. */
  async sync(): Promise<Sync> {
    return { kind: 'reset', head: { id: NO_ID, nonce: '' }, firstId: NO_ID }
  }

  async missing(): Promise<readonly RecordRef[]> {
    return []
  }

  /** Hears nothing. */
  tail(): Tail {
    return { close: async () => {} }
  }

  async #read({ exchange, namespace }: Shelf, name: string): Promise<string | undefined> {
    return this.#present(await readValue(exchange, keyOf(namespace, name)))?.value
  }

  /** The mark that is there, made if there is none, and prolonged if it is to live longer. */
  async #ensure(
    { exchange, namespace }: Shelf,
    name: string,
    wanted: { readonly value: string; readonly ttlMs: number },
  ): Promise<string> {
    const key = keyOf(namespace, name)
    for (;;) {
      const { data, cas } = await readItem(exchange, key)
      const mark = this.#present(data)
      if (mark !== undefined && mark.endsAt - this.#clock.now() >= wanted.ttlMs * PROLONG_BELOW) return mark.value
      const value = mark?.value ?? wanted.value
      // By compare-and-set, or it could undo an invalidation that came between.
      if (await changeItem(exchange, key, { cas, value: this.#item(value, wanted.ttlMs) })) return value
    }
  }

  /** Moves a mark. Its value is new, so it may come late: it never brings an old one back. */
  #put(shelf: Shelf, name: string, mark: { readonly value: string; readonly ttlMs: number }): Promise<void> {
    return putItem(shelf.exchange, keyOf(shelf.namespace, name), this.#item(mark.value, mark.ttlMs))
  }

  #item(value: string, ttlMs: number): { readonly data: Buffer; readonly seconds: number } {
    return { data: encodeMark({ value, endsAt: this.#clock.now() + ttlMs }), seconds: exptime(ttlMs) }
  }

  #present(data: Buffer | undefined): ReturnType<typeof decodeMark> {
    const mark = data === undefined ? undefined : decodeMark(data)
    return mark !== undefined && mark.endsAt > this.#clock.now() ? mark : undefined
  }
}

/** The turn is the mark without a name. */
function keyOf(namespace: string, name: string): string {
  return itemKey('m', `{${namespace}}:${name}`)
}

function batches(names: readonly string[]): readonly (readonly string[])[] {
  const batches: (readonly string[])[] = []
  for (let start = 0; start < names.length; start += LARGEST_BATCH)
    batches.push(names.slice(start, start + LARGEST_BATCH))
  return batches
}
