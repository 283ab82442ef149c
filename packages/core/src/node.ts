import type { Clock } from './contracts/clock.ts'
import type { Append, Journal, JournalRecord, MarksRequest, RecordRef } from './contracts/journal.ts'
import type { Random } from './contracts/random.ts'
import type { Store } from './contracts/store.ts'
import type { Deadlines } from './deadline.ts'
import { ForgedRecordError } from './errors/forged-record-error.ts'
import { StoreTimeoutError } from './errors/store-timeout-error.ts'
import { StoreUnavailableError } from './errors/store-unavailable-error.ts'
import { UnsupportedError } from './errors/unsupported-error.ts'
import { JournalTail } from './journal/journal-tail.ts'
import { livenessOver } from './journal/liveness.ts'
import type { Liveness } from './journal/liveness.ts'
import { encodeNamespace, parseRecordItem, storeKey } from './key/cache-key.ts'
import { cacheMark, tagMark } from './key/tag.ts'
import { unavailable } from './l2/unavailable.ts'
import { PendingInvalidations } from './journal/pending-invalidations.ts'
import type { PendingInvalidation } from './journal/pending-invalidations.ts'
import { LocalMarks } from './marks/local-marks.ts'
import type { Near } from './near.ts'
import { callListener } from './observe/call-listener.ts'

/** Life of a mark whose entries are not known, in milliseconds: as long as any mark lives. */
const LONGEST_MARK_TTL_MS = 30 * 86_400_000

/** An invalidation as subscribers hear it. `reset`: some may have been missed, so anything may be out of date. */
export type Invalidation =
  | { readonly kind: 'keys'; readonly cache: string; readonly keys: readonly string[]; readonly own: boolean }
  | { readonly kind: 'tags'; readonly tags: readonly string[]; readonly own: boolean }
  | { readonly kind: 'cache'; readonly cache: string; readonly own: boolean }
  | { readonly kind: 'reset' }

/** Marks fetched from the journal, in the order asked for. */
export interface FetchedMarks {
  readonly marks: readonly (string | undefined)[]
  readonly head: RecordRef
  readonly unmoved: boolean
}

/** The entry that marks are for. */
export interface EntryName {
  readonly cache: string
  readonly key: string
}

/** What invalidations do to a cache's memory. */
type Hearing = Pick<Near<unknown>, 'forget' | 'taintAll' | 'clear'>

/** What a {@link Node} is made of. */
export interface NodeParts {
  readonly store: Store
  readonly journal: Journal
  readonly namespace: string
  readonly clock: Clock
  readonly random: Random
  readonly deadlines: Deadlines
  readonly heartbeatMs: number
  readonly storeTimeoutMs: number
  /** Whether keys and tags may be called so in this namespace. */
  readonly recognizes: (name: string) => boolean
  readonly onError: (error: unknown) => void
}

/** What all caches of one manager share: the marks, the journal's tail, and the proof that this process is up to date. */
export class Node {
  /** Names this node in journal records. */
  readonly id: string
  /** Whether the journal tells of the invalidations of other nodes. */
  readonly hears: boolean
  /** How long a read of one key may be joined by others, in milliseconds: what it began with may be invalidated unheard. */
  readonly joinableMs: number
  readonly marks: LocalMarks = new LocalMarks()
  readonly liveness: Liveness
  /** Invalidations that wait for the backend. */
  readonly pending: PendingInvalidations
  readonly #parts: NodeParts
  /** The namespace as journals know it. */
  readonly #namespace: string
  readonly #tail: JournalTail
  readonly #nears = new Map<string, Hearing>()
  readonly #listeners = new Set<(invalidation: Invalidation) => unknown>()

  constructor(parts: NodeParts) {
    this.#parts = parts
    this.#namespace = encodeNamespace(parts.namespace)
    this.id = parts.random.token()
    this.hears = parts.journal.manifest.delivery !== 'none'
    this.joinableMs = this.hears ? Infinity : parts.heartbeatMs
    this.liveness = livenessOver(parts.journal.manifest, parts)
    this.#tail = new JournalTail({
      ...parts,
      namespace: this.#namespace,
      liveness: this.liveness,
      bounded: (work) => this.#bounded(work, parts.storeTimeoutMs),
      handlers: {
        apply: (record) => this.#apply(record),
        reset: () => this.#reset(),
        reissue: (records) => this.#reissue(records),
        failed: parts.onError,
      },
    })
    this.pending = new PendingInvalidations({
      clock: parts.clock,
      retryMs: parts.heartbeatMs / 3,
      carryOut: (invalidation) => this.#carryOut(invalidation),
      catchUp: () => this.#catchUp(),
      onError: parts.onError,
    })
    this.#tail.start()
  }

  /** The last record applied here. */
  get cursor(): RecordRef {
    return this.#tail.cursor
  }

  /** Lets invalidations reach a cache's memory. */
  attach(cache: string, near: Hearing): void {
    this.#nears.set(cache, near)
  }

  /** Ends that. */
  detach(cache: string): void {
    this.#nears.delete(cache)
  }

  /** Fetches the marks for an entry and keeps what may be kept. Rejects when the journal cannot be reached. */
  async fetchMarks(request: MarksRequest, timeoutMs: number, entry: EntryName): Promise<FetchedMarks> {
    const { journal, namespace } = this.#parts
    if (!this.hears) {
      const entryKey = storeKey(namespace, entry.cache, entry.key)
      return this.#bounded(journal.marks(this.#namespace, { ...request, entryKey }), timeoutMs)
    }
    const epoch = this.marks.epoch
    const fetched = await this.#bounded(journal.marks(this.#namespace, request), timeoutMs)
    request.names.forEach((name, index) => {
      const mark = fetched.marks[index]
      if (mark !== undefined) this.marks.adopt(name, mark, { head: fetched.head, epoch, cursor: this.cursor })
    })
    return fetched
  }

  /** Fetches marks and makes those that are missing. */
  fetchOrCreateMarks(
    request: Omit<MarksRequest, 'create'>,
    timeoutMs: number,
    entry: EntryName,
  ): Promise<FetchedMarks> {
    const create = request.names.map(() => this.#parts.random.token())
    return this.fetchMarks({ ...request, create }, timeoutMs, entry)
  }

  /** Tells all nodes. Rejects with a CacheError when it cannot be known that they will hear. */
  async append(record: Pick<Append, 'kind' | 'items' | 'markTtlMs'>, timeoutMs: number): Promise<void> {
    if (record.items.length === 0) return
    const append: Append = { ...record, nonce: this.#parts.random.token(), origin: this.id }
    await this.#bounded(this.#parts.journal.append(this.#namespace, append), timeoutMs)
  }

  /** Lets an invalidation wait that could not be carried out because of `error`. */
  queue(invalidation: PendingInvalidation, error: Error): void {
    this.#parts.onError(error)
    this.pending.add(invalidation)
  }

  /** Calls `listener` for every invalidation this node hears of; the answer ends that. */
  listen(listener: (invalidation: Invalidation) => unknown): () => void {
    if (!this.hears)
      throw new UnsupportedError(
        'the backend has no journal of its own, so nobody is told of invalidations: give it one',
      )
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Local half of an invalidation of tags: their copies go, and reads under way no longer speak for what carries them. */
  forgetTags(tags: readonly string[]): void {
    this.marks.forget(tags.map(tagMark))
    // Without copies of marks nothing in this process' memory can be judged by its tags.
    for (const near of this.#nears.values()) this.hears ? near.taintAll() : near.clear()
  }

  /** Local half of the invalidation of a whole cache. */
  forgetCache(cache: string): void {
    this.marks.forget([cacheMark(cache)])
    this.#nears.get(cache)?.clear()
  }

  /** Stops listening to the journal; from here on the node is blind. */
  async close(): Promise<void> {
    await this.pending.close()
    await this.#tail.close()
  }

  #apply(record: JournalRecord): void {
    switch (record.kind) {
      case 'keys':
        this.#applyKeys(record)
        break
      case 'tags':
        if (!record.items.every((tag) => this.#parts.recognizes(tag))) return this.#distrust(record)
        for (const near of this.#nears.values()) near.taintAll()
        for (const tag of record.items) this.marks.move(tagMark(tag), record)
        this.#tell({ kind: 'tags', tags: record.items, own: record.origin === this.id })
        break
      case 'cache':
        for (const cache of record.items) {
          this.#nears.get(cache)?.clear()
          this.marks.move(cacheMark(cache), record)
          this.#tell({ kind: 'cache', cache, own: record.origin === this.id })
        }
        break
      case 'genesis':
        break
      default:
        record.kind satisfies never
    }
  }

  #applyKeys(record: JournalRecord): void {
    const byCache = new Map<string, string[]>()
    for (const item of record.items) {
      const parsed = parseRecordItem(item)
      // A service that misspells a key has still invalidated one.
      if (parsed === undefined) return this.#reset()
      if (!this.#parts.recognizes(parsed.key)) return this.#distrust(record)
      this.#nears.get(parsed.cache)?.forget(parsed.key)
      const keys = byCache.get(parsed.cache)
      if (keys === undefined) byCache.set(parsed.cache, [parsed.key])
      else keys.push(parsed.key)
    }
    for (const [cache, keys] of byCache) this.#tell({ kind: 'keys', cache, keys, own: record.origin === this.id })
  }

  /** A record whose names this node cannot have: what it invalidates is not known here, and may be anything. */
  #distrust(record: JournalRecord): void {
    this.#parts.onError(
      new ForgedRecordError(
        `the node ${record.origin} announced ${record.kind} by names that this node's naming does not give: set the same naming on all nodes of the namespace`,
      ),
    )
    this.#reset()
  }

  #reset(): void {
    for (const near of this.#nears.values()) near.clear()
    this.marks.clear()
    this.#tell({ kind: 'reset' })
  }

  /** Repeats invalidations that a failover lost. */
  async #reissue(records: readonly JournalRecord[]): Promise<void> {
    for (const { kind, items } of records) if (kind !== 'genesis') await this.#carryOut({ kind, items })
  }

  /** Carries out an invalidation that was given as a record: first the values, then the word, and what of it is here before and after. */
  async #carryOut({ kind, items }: PendingInvalidation): Promise<void> {
    const { store, storeTimeoutMs, namespace } = this.#parts
    const keys = kind === 'keys' ? items.map(parseRecordItem).filter((item) => item !== undefined) : []
    const forget = (): void => keys.forEach(({ cache, key }) => this.#nears.get(cache)?.forget(key))
    forget()
    const drops = keys.map(({ cache, key }) => store.drop(storeKey(namespace, cache, key), { mode: 'delete' }))
    await Promise.all(drops.map((drop) => this.#bounded(drop, storeTimeoutMs)))
    await this.append({ kind, items, markTtlMs: LONGEST_MARK_TTL_MS }, storeTimeoutMs)
    forget()
    if (kind === 'tags') this.forgetTags(items)
    if (kind === 'cache') items.forEach((cache) => this.forgetCache(cache))
  }

  async #catchUp(): Promise<void> {
    if (!this.hears) return
    await this.#tail.sync()
    if (!this.liveness.live())
      throw new StoreUnavailableError('the journal could not be read after the queued invalidations')
  }

  #tell(invalidation: Invalidation): void {
    for (const listener of this.#listeners) {
      callListener(listener, invalidation, this.#parts.onError)
    }
  }

  async #bounded<R>(work: Promise<R>, timeoutMs: number): Promise<R> {
    try {
      return await this.#parts.deadlines.race(
        work,
        timeoutMs,
        () => new StoreTimeoutError(`the journal did not answer within ${timeoutMs} ms`),
      )
    } catch (error) {
      throw unavailable(error, 'the journal')
    }
  }
}
