import { memory } from '@larder/core'
import type {
  Append,
  Clock,
  Journal,
  JournalRecord,
  Marks,
  MarksRequest,
  Random,
  RecordRef,
  Sync,
} from '@larder/core/contracts'
import type { Kernel } from './kernel.ts'

/** One append, enough to repeat it with the same result. */
interface LogItem {
  readonly append: Append
  readonly record: JournalRecord
  readonly wall: number
  /** The marks after it. */
  readonly marks: ReadonlyMap<string, string>
}

/** How a journal began. */
interface Genesis {
  readonly nonce: string
  readonly wall: number
}

/** Longer than any schedule, in milliseconds. */
const LONG = 3_600_000

/**
 * The server that holds the journal and the marks: the reference journal, with faults. Calls act at once. A fault makes a new reference journal
 * and repeats on it what is to be left: the same commands at the same wall times give the same records.
 */
export class ControlServer {
  readonly #kernel: Kernel
  readonly #namespace: string
  readonly #appended: (record: JournalRecord) => void
  readonly #tokens: Random
  /** What the journal takes for the time while it is rebuilt. */
  #replay: { wall: number; mono: number; nonce: string } | undefined
  #journal: Journal
  #genesis: Genesis | undefined
  #log: LogItem[] = []
  #marks = new Map<string, string>()

  constructor(kernel: Kernel, namespace: string, appended: (record: JournalRecord) => void) {
    this.#kernel = kernel
    this.#namespace = namespace
    this.#appended = appended
    this.#tokens = kernel.dice.random()
    this.#journal = this.#emptyJournal()
  }

  /** The present mark of a name. */
  mark(name: string): string | undefined {
    return this.#marks.get(name)
  }

  get markNames(): readonly string[] {
    return [...this.#marks.keys()]
  }

  get records(): number {
    return this.#log.length
  }

  async append(append: Append): Promise<RecordRef> {
    const wall = this.#wall
    let record: JournalRecord | undefined
    const tail = this.#journal.tail(this.#namespace, { record: (heard) => (record = heard), resync: () => {} })
    const ref = await this.#journal.append(this.#namespace, append)
    void tail.close()
    if (record === undefined) throw new Error('the reference journal told nobody of a record')
    const names = append.items.map((item) => (append.kind === 'tags' ? `#${item}` : `@${item}`))
    if (append.kind !== 'keys') for (const name of names) this.#marks.set(name, `${ref.id}:${ref.nonce}`)
    this.#log.push({ append, record, wall, marks: new Map(this.#marks) })
    this.#appended(record)
    return ref
  }

  async marks(request: MarksRequest): Promise<Marks> {
    for (const subject of this.#kernel.owner.subjects) this.#kernel.owner.ordered.set(subject, subject.version)
    const reply = await this.#journal.marks(this.#namespace, request)
    request.names.forEach((name, index) => {
      const mark = reply.marks[index]
      if (mark !== undefined) this.#marks.set(name, mark)
    })
    return reply
  }

  sync(cursor: RecordRef | undefined): Promise<Sync> {
    return this.#journal.sync(this.#namespace, cursor)
  }

  missing(records: readonly RecordRef[]): Promise<readonly RecordRef[]> {
    return this.#journal.missing(this.#namespace, records)
  }

  /** Evicts one mark. */
  async evictMark(name: string): Promise<void> {
    const marks = new Map(this.#marks)
    marks.delete(name)
    await this.#rebuild(this.#genesis, this.#log, marks)
  }

  /** Evicts the journal; the marks stay. */
  async evictJournal(): Promise<void> {
    await this.#rebuild(undefined, [], this.#marks)
  }

  /** Loses everything. */
  async flush(): Promise<void> {
    await this.#rebuild(undefined, [], new Map())
  }

  /** A replica takes over that had not heard of the last `lost` appends. Answers the records it has. */
  async failOver(lost: number): Promise<readonly RecordRef[]> {
    const log = this.#log.slice(0, Math.max(0, this.#log.length - lost))
    const marks = log.length === this.#log.length ? this.#marks : (log.at(-1)?.marks ?? new Map<string, string>())
    await this.#rebuild(this.#genesis, log, marks)
    return log.map(({ record }) => record)
  }

  async #rebuild(
    genesis: Genesis | undefined,
    log: readonly LogItem[],
    marks: ReadonlyMap<string, string>,
  ): Promise<void> {
    const mono = this.#kernel.now - 10
    this.#genesis = genesis
    this.#journal = this.#emptyJournal()
    if (genesis !== undefined) {
      this.#replay = { ...genesis, mono }
      await this.#journal.sync(this.#namespace, undefined)
      for (const { append, wall } of log) {
        this.#replay = { wall, mono, nonce: '' }
        // The marks it moves end at once: those that are to stay are set below.
        await this.#journal.append(this.#namespace, { ...append, markTtlMs: 1 })
      }
    }
    this.#replay = undefined
    this.#log = [...log]
    this.#marks = new Map(marks)
    if (marks.size === 0) return
    await this.#journal.marks(this.#namespace, {
      names: [...marks.keys()],
      create: [...marks.values()],
      markTtlMs: LONG,
    })
  }

  #emptyJournal(): Journal {
    const clock: Clock = {
      now: () => this.#wall,
      monotonic: () => this.#replay?.mono ?? this.#kernel.now,
      after: () => ({ cancel: () => {} }),
    }
    const random: Random = { token: () => this.#genesisNonce(), fraction: () => 0 }
    return memory({ clock, random, maxEntries: 64, journalLength: this.#kernel.plan.journalLength }).journal as Journal
  }

  /** Only genesis records take their nonce from the journal's own randomness. */
  #genesisNonce(): string {
    if (this.#replay !== undefined) return this.#replay.nonce
    this.#genesis = { nonce: this.#tokens.token(), wall: this.#wall }
    return this.#genesis.nonce
  }

  /** A clock that stands still makes a journal that begins anew use the ids of the one before. */
  get #wall(): number {
    if (this.#replay !== undefined) return this.#replay.wall
    return this.#kernel.plan.idsRestart ? 1_000 : 1_000 + this.#kernel.now
  }
}
