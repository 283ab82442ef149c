import type {
  Append,
  Journal,
  JournalManifest,
  Marks,
  MarksRequest,
  RecordRef,
  Sync,
  Tail,
  TailListener,
} from '@larder/core/contracts'
import type { Guard } from './guard.ts'

/**
 * A journal under policies. `sync`, `missing` and `tail` pass untouched: they are how a node finds out whether it is up to date, one at a time
 * and with deadlines of their own, and no breaker may answer that question in the journal's place.
 */
export class ResilientJournal implements Journal {
  readonly #journal: Journal
  readonly #guard: Guard

  constructor(journal: Journal, guard: Guard) {
    this.#journal = journal
    this.#guard = guard
  }

  get manifest(): JournalManifest {
    return this.#journal.manifest
  }

  /** Repeated: an invalidation that is told twice costs a reload, one that is not told costs the truth. */
  append(namespace: string, record: Append): Promise<RecordRef> {
    return this.#guard.repeated(() => this.#journal.append(namespace, record))
  }

  marks(namespace: string, request: MarksRequest): Promise<Marks> {
    return this.#guard.repeated(() => this.#journal.marks(namespace, request))
  }

  sync(namespace: string, cursor: RecordRef | undefined): Promise<Sync> {
    return this.#journal.sync(namespace, cursor)
  }

  missing(namespace: string, records: readonly RecordRef[]): Promise<readonly RecordRef[]> {
    return this.#journal.missing(namespace, records)
  }

  tail(namespace: string, listener: TailListener): Tail {
    return this.#journal.tail(namespace, listener)
  }
}
