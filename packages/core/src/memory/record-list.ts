import type { Clock } from '../contracts/clock.ts'
import type { JournalRecord, RecordRef } from '../contracts/journal.ts'
import { compareIds } from '../contracts/record-id.ts'

/**
 * The records of one journal, oldest first, at most `maxRecords` of them. Ids are `<wall ms>-<sequence>` and never go
 * back, even if the clock does.
 */
export class RecordList {
  readonly #maxRecords: number
  readonly #clock: Clock
  readonly #records: JournalRecord[] = []
  #lastMs = 0
  #lastSequence = 0

  constructor(maxRecords: number, clock: Clock) {
    this.#maxRecords = maxRecords
    this.#clock = clock
  }

  get first(): JournalRecord | undefined {
    return this.#records[0]
  }

  get last(): JournalRecord | undefined {
    return this.#records.at(-1)
  }

  /** Adds a record behind the last one. It is frozen, since all listeners share it. */
  append(content: Pick<JournalRecord, 'nonce' | 'origin' | 'kind' | 'items'>): JournalRecord {
    const { nonce, origin, kind } = content
    const { last } = this
    const items = Object.freeze([...content.items])
    const record: JournalRecord =
      last === undefined
        ? { id: this.#nextId(), nonce, origin, kind, items }
        : { id: this.#nextId(), nonce, prev: Object.freeze({ id: last.id, nonce: last.nonce }), origin, kind, items }
    this.#records.push(Object.freeze(record))
    if (this.#records.length > this.#maxRecords) this.#records.shift()
    return record
  }

  /** The records behind `ref`, or `undefined` if it is not here. */
  after(ref: RecordRef): readonly JournalRecord[] | undefined {
    const index = this.#indexOf(ref)
    return index === undefined ? undefined : this.#records.slice(index + 1)
  }

  /** Whether a record newer than the oldest one is not here. */
  lacks(ref: RecordRef): boolean {
    const { first } = this
    return first !== undefined && compareIds(ref.id, first.id) > 0 && this.#indexOf(ref) === undefined
  }

  #indexOf(ref: RecordRef): number | undefined {
    let low = 0
    let high = this.#records.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareIds((this.#records[middle] as JournalRecord).id, ref.id) < 0) low = middle + 1
      else high = middle
    }
    const found = this.#records[low]
    return found?.id === ref.id && found.nonce === ref.nonce ? low : undefined
  }

  #nextId(): string {
    const now = Math.trunc(this.#clock.now())
    if (now > this.#lastMs) {
      this.#lastMs = now
      this.#lastSequence = 0
    } else {
      this.#lastSequence++
    }
    return `${this.#lastMs}-${this.#lastSequence}`
  }
}
