import { ForgedRecordError } from '@larder/core'
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
} from '@larder/core/contracts'
import type { KeyRing } from './key-ring.ts'
import { proveRecord, provenRecord } from './record-proof.ts'
import { SeenNonces } from './seen-nonces.ts'

/** Nonces remembered by each tail. */
const REMEMBERED = 10_000

/**
 * A journal whose records carry proofs. One that lacks its proof is treated by the way it came. A pushed one is ignored: pushes only make
 * news travel faster, and the heartbeat reads the journal itself. One in the journal may stand where a true one stood, so everything
 * may be out of date: a reset.
 */
export class ProvenJournal implements Journal {
  readonly manifest: JournalManifest
  readonly #journal: Journal
  readonly #ring: KeyRing
  readonly #report: (error: ForgedRecordError) => void

  constructor(
    journal: Journal,
    how: { readonly keyRing: KeyRing; readonly report: (error: ForgedRecordError) => void },
  ) {
    this.manifest = journal.manifest
    this.#journal = journal
    this.#ring = how.keyRing
    this.#report = how.report
  }

  async append(namespace: string, record: Append): Promise<RecordRef> {
    return this.#journal.append(namespace, proveRecord(this.#ring, namespace, record))
  }

  marks(namespace: string, request: MarksRequest): Promise<Marks> {
    return this.#journal.marks(namespace, request)
  }

  async sync(namespace: string, cursor: RecordRef | undefined): Promise<Sync> {
    const reply = await this.#journal.sync(namespace, cursor)
    if (reply.kind === 'reset') return reply
    const records: JournalRecord[] = []
    for (const record of reply.records) {
      const proven = this.#proven(namespace, record, 'is in the journal: what this process remembers was dropped')
      // Nothing is known to be lost, so no record counts as older than the first.
      if (proven === undefined) return { kind: 'reset', head: reply.head, firstId: reply.head.id }
      records.push(proven)
    }
    return { ...reply, records }
  }

  missing(namespace: string, records: readonly RecordRef[]): Promise<readonly RecordRef[]> {
    return this.#journal.missing(namespace, records)
  }

  tail(namespace: string, listener: TailListener): Tail {
    const seen = new SeenNonces(REMEMBERED)
    return this.#journal.tail(namespace, {
      record: (record) => {
        // Nobody proves the record that opens a journal; it says nothing that the next sync does not say.
        if (record.kind === 'genesis') return
        const proven = this.#proven(namespace, record, 'was pushed: it was ignored')
        // A true record may be pushed again under a made-up place in the journal, which would make this node lose its own.
        if (proven !== undefined && !seen.isReplay(proven.nonce, proven.id)) listener.record(proven)
      },
      resync: () => listener.resync(),
    })
  }

  #proven(namespace: string, record: JournalRecord, where: string): JournalRecord | undefined {
    if (record.kind === 'genesis') return record
    const proven = provenRecord(this.#ring, namespace, record)
    if (proven === undefined)
      this.#report(new ForgedRecordError(`an invalidation without a proof by a key of the ring ${where}`))
    return proven
  }
}
