import type { Clock } from '../contracts/clock.ts'
import type {
  Append,
  Journal,
  JournalManifest,
  JournalRecord,
  Marks,
  MarksRequest,
  RecordRef,
  Sync,
  Tail,
  TailListener,
} from '../contracts/journal.ts'
import type { Random } from '../contracts/random.ts'
import { StoreUnavailableError } from '../errors/store-unavailable-error.ts'
import { ExpiringMap } from './expiring-map.ts'
import { RecordList } from './record-list.ts'
import { Broadcast } from './broadcast.ts'

/** What the journal keeps for one namespace. */
interface Room {
  readonly records: RecordList
  readonly marks: ExpiringMap<string>
  readonly broadcast: Broadcast
}

/**
 * The in-process {@link Journal}, and the reference for what the others do. Every method does its work before it
 * returns its promise, so a call is one atomic step, and the listeners have heard a record before its `append`
 * resolves. A mark that gives way to the bound costs reloads.
 */
export class MemoryJournal implements Journal {
  readonly manifest: JournalManifest = { delivery: 'inline' }
  readonly #maxRecords: number
  readonly #maxMarks: number
  readonly #clock: Clock
  readonly #random: Random
  readonly #rooms = new Map<string, Room>()
  #closed = false

  constructor(parts: {
    readonly maxRecords: number
    readonly maxMarks: number
    readonly clock: Clock
    readonly random: Random
  }) {
    this.#maxRecords = parts.maxRecords
    this.#maxMarks = parts.maxMarks
    this.#clock = parts.clock
    this.#random = parts.random
  }

  async append(namespace: string, record: Append): Promise<RecordRef> {
    const { records, marks, broadcast } = this.#room(namespace)
    this.#head(records)
    const appended = records.append(record)
    for (const name of markNames(record)) marks.set(name, `${appended.id}:${appended.nonce}`, record.markTtlMs)
    broadcast.send(appended)
    return refOf(appended)
  }

  async marks(namespace: string, request: MarksRequest): Promise<Marks> {
    const { records, marks } = this.#room(namespace)
    // Answered before the genesis record is written: an empty journal knows no `since`.
    const unmoved = request.since === undefined || isUnmoved(records, request.names, request.since)
    const { create, markTtlMs = 0 } = request
    const present = request.names.map((name, i) => {
      const mark = marks.get(name) ?? create?.[i]
      if (mark !== undefined && create !== undefined) marks.set(name, mark, Math.max(markTtlMs, marks.remaining(name)))
      return mark
    })
    return { marks: present, head: this.#head(records), unmoved }
  }

  async sync(namespace: string, cursor: RecordRef | undefined): Promise<Sync> {
    const { records } = this.#room(namespace)
    const head = this.#head(records)
    const missed = cursor === undefined ? undefined : records.after(cursor)
    if (missed !== undefined) return { kind: 'records', records: missed, head }
    return { kind: 'reset', head, firstId: records.first?.id ?? head.id }
  }

  async missing(namespace: string, refs: readonly RecordRef[]): Promise<readonly RecordRef[]> {
    const { records } = this.#room(namespace)
    return refs.filter((ref) => records.lacks(ref))
  }

  /**
   * Pushes reach the listener in order and before `append` resolves; `resync` is called only for a listener that threw.
   */
  tail(namespace: string, listener: TailListener): Tail {
    if (this.#closed) return { close: async () => {} }
    return this.#room(namespace).broadcast.listen(listener)
  }

  /** Drops everything; every later call rejects with `StoreUnavailableError`, and a later `tail` hears nothing. */
  close(): void {
    this.#closed = true
    this.#rooms.clear()
  }

  #room(namespace: string): Room {
    if (this.#closed) throw new StoreUnavailableError('The memory backend was closed; make a new one with memory()')
    let room = this.#rooms.get(namespace)
    if (room === undefined) {
      const records = new RecordList(this.#maxRecords, this.#clock)
      room = { records, marks: new ExpiringMap(this.#clock, this.#maxMarks), broadcast: new Broadcast() }
      this.#rooms.set(namespace, room)
    }
    return room
  }

  /**
   * The last record. An empty journal gets its genesis record first: the nonce tells this incarnation from an earlier
   * one.
   */
  #head(records: RecordList): RecordRef {
    return refOf(
      records.last ?? records.append({ nonce: this.#random.token(), origin: '', kind: 'genesis', items: [] }),
    )
  }
}

function refOf({ id, nonce }: JournalRecord): RecordRef {
  return { id, nonce }
}

/** The marks that a record moves. */
function markNames({ kind, items }: Pick<JournalRecord, 'kind' | 'items'>): readonly string[] {
  if (kind === 'tags') return items.map((tag) => `#${tag}`)
  if (kind === 'cache') return items.map((cache) => `@${cache}`)
  return []
}

function isUnmoved(records: RecordList, names: readonly string[], since: RecordRef): boolean {
  const later = records.after(since)
  if (later === undefined) return false
  const asked = new Set(names)
  return !later.some((record) => record.kind === 'cache' || markNames(record).some((name) => asked.has(name)))
}
