import type { JournalRecord } from '../contracts/journal.ts'

/** The records a node applied last, kept so that it can repeat what a failover lost. */
export class Ring {
  readonly #capacity: number
  #records: JournalRecord[] = []

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  push(record: JournalRecord): void {
    this.#records.push(record)
    if (this.#records.length >= 2 * this.#capacity) this.#records = this.#records.slice(-this.#capacity)
  }

  /** Whether the record was applied lately. */
  has(record: { readonly id: string; readonly nonce: string }): boolean {
    return this.#records.some((known) => known.id === record.id && known.nonce === record.nonce)
  }

  /** The records, oldest first, and an empty ring. */
  drain(): readonly JournalRecord[] {
    const records = this.#records.slice(-this.#capacity)
    this.#records = []
    return records
  }
}
