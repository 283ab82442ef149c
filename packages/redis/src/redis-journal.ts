import { compareIds } from '@larder/core/contracts'
import type {
  Append,
  Journal,
  JournalManifest,
  Marks,
  MarksRequest,
  Random,
  RecordRef,
  Sync,
  Tail,
  TailListener,
} from '@larder/core/contracts'
import { recordOfEntry } from './journal-record.ts'
import type { StreamEntry } from './journal-record.ts'
import { timeLimit } from './milliseconds.ts'
import type { RedisCommands } from './redis-commands.ts'
import { append } from './scripts/append.ts'
import { marks } from './scripts/marks.ts'
import { nonces } from './scripts/nonces.ts'
import { sync } from './scripts/sync.ts'
import type { Tails } from './tails.ts'

/** What a {@link RedisJournal} is made of. */
export interface RedisJournalParts {
  readonly commands: RedisCommands
  readonly tails: Tails
  readonly random: Random
  /** Records kept, about; at least that many. */
  readonly length: number
}

/**
 * The {@link Journal} in Redis. All of a namespace lies in one slot: the stream `{<namespace>}:journal`, a key
 * `{<namespace>}:mark:<name>` for each mark, and a channel with the name of the stream. The scripts describe the fields.
 */
export class RedisJournal implements Journal {
  readonly manifest: JournalManifest = { delivery: 'remote' }
  readonly #commands: RedisCommands
  readonly #tails: Tails
  readonly #random: Random
  readonly #length: string

  constructor(parts: RedisJournalParts) {
    this.#commands = parts.commands
    this.#tails = parts.tails
    this.#random = parts.random
    this.#length = String(parts.length)
  }

  async append(namespace: string, record: Append): Promise<RecordRef> {
    const { nonce, origin, kind, items, markTtlMs } = record
    const keys = [journalOf(namespace), ...movedMarks(record).map((name) => markOf(namespace, name))]
    const args = [nonce, origin, kind, JSON.stringify(items), timeLimit(markTtlMs), this.#random.token(), this.#length]
    return { id: String(await this.#commands.run(append, keys, args)), nonce }
  }

  async marks(namespace: string, request: MarksRequest): Promise<Marks> {
    const { names, create, markTtlMs, since } = request
    const keys = [journalOf(namespace), ...names.map((name) => markOf(namespace, name))]
    const sinceArgs = [since?.id ?? '', since?.nonce ?? '']
    const createArgs = [create === undefined ? '' : '1', timeLimit(markTtlMs)]
    const args = [this.#random.token(), ...sinceArgs, ...createArgs, ...names, ...(create ?? [])]
    const [id, nonce, unmoved, found] = (await this.#commands.run(marks, keys, args)) as [
      Buffer,
      Buffer,
      unknown,
      (Buffer | null)[],
    ]
    return { marks: found.map((mark) => mark?.toString()), head: refOf(id, nonce), unmoved: Number(unmoved) === 1 }
  }

  async sync(namespace: string, cursor: RecordRef | undefined): Promise<Sync> {
    const args = [cursor?.id ?? '', cursor?.nonce ?? '', this.#random.token()]
    const reply = (await this.#commands.run(sync, [journalOf(namespace)], args)) as [Buffer, Buffer, Buffer, unknown]
    const head = refOf(reply[1], reply[2])
    if (reply[0].toString() === 'reset') return { kind: 'reset', head, firstId: String(reply[3]) }
    const records = (reply[3] as StreamEntry[]).map(recordOfEntry)
    // A record of an unknown kind may name anything; as nothing was lost, no record counts as older than the first.
    if (!records.every((record) => record !== undefined)) return { kind: 'reset', head, firstId: head.id }
    return { kind: 'records', records, head }
  }

  async missing(namespace: string, records: readonly RecordRef[]): Promise<readonly RecordRef[]> {
    if (records.length === 0) return []
    const reply = await this.#commands.run(
      nonces,
      [journalOf(namespace)],
      records.map(({ id }) => id),
    )
    const [first, found] = reply as [Buffer | null, (Buffer | null)[]]
    if (first === null) return []
    const firstId = first.toString()
    return records.filter(({ id, nonce }, i) => compareIds(id, firstId) > 0 && found[i]?.toString() !== nonce)
  }

  tail(namespace: string, listener: TailListener): Tail {
    return this.#tails.add(journalOf(namespace), listener)
  }
}

function journalOf(namespace: string): string {
  return `{${namespace}}:journal`
}

function markOf(namespace: string, name: string): string {
  return `{${namespace}}:mark:${name}`
}

function movedMarks({ kind, items }: Append): readonly string[] {
  if (kind === 'keys') return []
  return items.map((item) => (kind === 'tags' ? '#' : '@') + item)
}

function refOf(id: Buffer, nonce: Buffer): RecordRef {
  return { id: id.toString(), nonce: nonce.toString() }
}
