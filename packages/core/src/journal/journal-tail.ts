import type { Clock, Timer } from '../contracts/clock.ts'
import type { Journal, JournalRecord, RecordRef, Sync, Tail } from '../contracts/journal.ts'
import { compareIds } from '../contracts/record-id.ts'
import type { Liveness } from './liveness.ts'
import { Ring } from './ring.ts'

/** Records remembered for repetition after a failover. */
const RING_CAPACITY = 1_000

/** What a node does with what its tail hears. All calls are synchronous. */
export interface TailHandlers {
  /** A record, in order, none missed. */
  apply(record: JournalRecord): void
  /** What was missed cannot be known: forget everything that relied on the journal. */
  reset(): void
  /** A failover lost these records, which were applied here: tell the others again. Retried until it resolves. */
  reissue(records: readonly JournalRecord[]): Promise<void>
  /** A `sync` failed; it is repeated. */
  failed(error: unknown): void
}

/** Before any sync: older than everything. */
const ORIGIN: RecordRef = { id: '0-0', nonce: '' }

/**
 * Keeps a node in step with the journal. The heartbeat is the tail: `sync` at least every third of the heartbeat; pushes only make it faster
 * (freshness.md §4).
 */
export class JournalTail {
  readonly #journal: Journal
  readonly #namespace: string
  readonly #clock: Clock
  readonly #heartbeatMs: number
  readonly #liveness: Liveness
  readonly #handlers: TailHandlers
  readonly #bounded: <R>(work: Promise<R>) => Promise<R>
  readonly #ring = new Ring(RING_CAPACITY)
  #cursor: RecordRef | undefined
  #lost: readonly JournalRecord[] = []
  #running: Promise<void> | undefined
  #again = false
  #timer: Timer | undefined
  #tail: Tail | undefined
  #closed = false

  constructor(parts: {
    readonly journal: Journal
    readonly namespace: string
    readonly clock: Clock
    readonly heartbeatMs: number
    readonly liveness: Liveness
    readonly handlers: TailHandlers
    /** Puts a deadline on a journal call. */
    readonly bounded: <R>(work: Promise<R>) => Promise<R>
  }) {
    this.#journal = parts.journal
    this.#namespace = parts.namespace
    this.#clock = parts.clock
    this.#heartbeatMs = parts.heartbeatMs
    this.#liveness = parts.liveness
    this.#handlers = parts.handlers
    this.#bounded = parts.bounded
  }

  /** The last record applied. */
  get cursor(): RecordRef {
    return this.#cursor ?? ORIGIN
  }

  /** Subscribes and syncs. Without delivery there is nothing to follow. */
  start(): void {
    if (this.#journal.manifest.delivery === 'none') return
    this.#tail = this.#journal.tail(this.#namespace, {
      record: (record) => this.#onPush(record),
      resync: () => void this.sync(),
    })
    void this.sync()
    if (this.#journal.manifest.delivery === 'remote') this.#beat()
  }

  /** Catches up with the journal. One at a time; asked for while one runs, it runs once more. Never rejects. */
  sync(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    if (this.#running !== undefined) {
      this.#again = true
      return this.#running
    }
    this.#running = this.#syncUntilQuiet().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Stops listening. */
  async close(): Promise<void> {
    this.#closed = true
    this.#liveness.doubt()
    this.#timer?.cancel()
    await this.#tail?.close()
    await this.#running
  }

  #beat(): void {
    this.#timer = this.#clock.after(
      this.#heartbeatMs / 3,
      () => {
        if (this.#closed) return
        void this.sync()
        this.#beat()
      },
      'background',
    )
  }

  #onPush(record: JournalRecord): void {
    if (this.#closed) return
    const cursor = this.#cursor
    if (cursor !== undefined && record.prev !== undefined && same(record.prev, cursor)) return this.#apply(record)
    if (cursor !== undefined && (same(record, cursor) || this.#ring.has(record))) return
    this.#liveness.doubt()
    void this.sync()
  }

  async #syncUntilQuiet(): Promise<void> {
    do {
      this.#again = false
      const sentAt = { wall: this.#clock.now(), mono: this.#clock.monotonic() }
      let reply: Sync
      try {
        reply = await this.#bounded(this.#journal.sync(this.#namespace, this.#cursor))
        if (this.#closed) return
        this.#take(reply)
        await this.#repeatLost()
      } catch (error) {
        if (!this.#closed) this.#handlers.failed(error)
        continue
      }
      if (!this.#again && !this.#closed) this.#liveness.prove(sentAt)
    } while (this.#again && !this.#closed)
  }

  #take(reply: Sync): void {
    if (reply.kind === 'reset') return this.#reset(reply)
    for (const record of reply.records) {
      // A push may have been applied while the reply was under way.
      if (compareIds(record.id, this.cursor.id) > 0) this.#apply(record)
    }
  }

  /** One synchronous step: between forgetting and the new cursor nothing may read. */
  #reset(reply: Extract<Sync, { kind: 'reset' }>): void {
    const applied = this.#ring.drain()
    this.#handlers.reset()
    this.#cursor = reply.head
    this.#lost = [...this.#lost, ...applied.filter((record) => compareIds(record.id, reply.firstId) > 0)].slice(
      -RING_CAPACITY,
    )
  }

  async #repeatLost(): Promise<void> {
    if (this.#lost.length === 0) return
    const candidates = this.#lost
    const missing = await this.#bounded(this.#journal.missing(this.#namespace, candidates))
    const lost = candidates.filter((record) => missing.some((ref) => same(ref, record)))
    if (lost.length > 0) await this.#handlers.reissue(lost)
    this.#lost = []
  }

  #apply(record: JournalRecord): void {
    this.#cursor = { id: record.id, nonce: record.nonce }
    this.#ring.push(record)
    this.#handlers.apply(record)
  }
}

function same(a: RecordRef, b: RecordRef): boolean {
  return a.id === b.id && a.nonce === b.nonce
}
