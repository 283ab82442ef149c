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
import type { Store } from '../contracts/store.ts'
import { LIST } from './placement.ts'
import type { Placement } from './placement.ts'
import type { WrittenAs } from './written-as.ts'

/** The {@link Journal} of one backend, for stores that are spread over several: it watches that all nodes spread them alike. */
export class ShardedJournal implements Journal {
  readonly #journal: Journal
  readonly #placement: Placement
  readonly #writtenAs: WrittenAs
  readonly #store: Store

  constructor(parts: {
    readonly journal: Journal
    readonly placement: Placement
    readonly writtenAs: WrittenAs
    /** The store whose keys it tells of. */
    readonly store: Store
  }) {
    this.#journal = parts.journal
    this.#placement = parts.placement
    this.#writtenAs = parts.writtenAs
    this.#store = parts.store
  }

  get manifest(): JournalManifest {
    return this.#journal.manifest
  }

  /**
   * A record of keys follows the removal of their values, which is only worth something in the name of the list that is in force: others look for them
   * there. What was removed in the name of another list is removed once more. Tags and caches have marks, which hold wherever a value lies.
   */
  async append(namespace: string, record: Append): Promise<RecordRef> {
    if (record.kind !== 'keys') return this.#journal.append(namespace, record)
    const token = await this.#placement.token(namespace)
    const keys = record.items.map((item) => `${namespace}:{${item}}`)
    const strays = keys.filter((key) => this.#writtenAs.take(key) !== token)
    await Promise.all(strays.map((key) => this.#store.drop(key, { mode: 'delete' })))
    for (const key of strays) this.#writtenAs.take(key)
    const [ref] = await both(this.#journal.append(namespace, record), this.#placement.confirm(namespace, token))
    return ref
  }

  /** Marks that are to judge a value are asked for after it was read: by then the list that it was read by must still have been in force. */
  async marks(namespace: string, request: MarksRequest): Promise<Marks> {
    if (request.create !== undefined) return this.#journal.marks(namespace, request)
    const [marks] = await both(this.#journal.marks(namespace, request), this.#placement.confirmOwn(namespace))
    return marks
  }

  async sync(namespace: string, cursor: RecordRef | undefined): Promise<Sync> {
    const answer = await this.#journal.sync(namespace, cursor)
    if (answer.kind === 'reset') this.#placement.forget(namespace)
    else for (const record of answer.records) this.#hear(namespace, record)
    return answer
  }

  missing(namespace: string, records: readonly RecordRef[]): Promise<readonly RecordRef[]> {
    return this.#journal.missing(namespace, records)
  }

  tail(namespace: string, listener: TailListener): Tail {
    return this.#journal.tail(namespace, {
      record: (record) => {
        this.#hear(namespace, record)
        listener.record(record)
      },
      resync: () => listener.resync(),
    })
  }

  #hear(namespace: string, record: JournalRecord): void {
    if (record.kind === 'cache' && record.items.includes(LIST)) this.#placement.forget(namespace)
  }
}

/** Both answers, or the first error once both have ended: nothing is left running behind a rejection. */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<readonly [A, B]> {
  const [first, second] = await Promise.allSettled([one, other])
  if (first.status === 'rejected') throw first.reason
  if (second.status === 'rejected') throw second.reason
  return [first.value, second.value]
}
