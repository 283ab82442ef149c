import type { JournalRecord, Tail, TailListener } from '../contracts/journal.ts'

/** Tells listeners of records, synchronously and in order. */
export class Broadcast {
  readonly #listeners = new Set<TailListener>()
  readonly #waiting: JournalRecord[] = []
  #sending = false

  /** Adds a listener; adding one twice makes it hear everything twice. */
  listen(listener: TailListener): Tail {
    const own: TailListener = { record: (record) => listener.record(record), resync: () => listener.resync() }
    this.#listeners.add(own)
    return {
      close: async () => {
        this.#listeners.delete(own)
      },
    }
  }

  send(record: JournalRecord): void {
    this.#waiting.push(record)
    // A listener appended: the outer call delivers, after the record under way, or some would hear the later record first.
    if (this.#sending) return
    this.#sending = true
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      for (const listener of [...this.#listeners]) tell(listener, next)
    }
    this.#sending = false
  }
}

/**
 * A listener that throws breaks neither the others nor the append. It may not have taken the record in, so it is told
 * to catch up.
 */
function tell(listener: TailListener, record: JournalRecord): void {
  try {
    listener.record(record)
  } catch {
    try {
      listener.resync()
    } catch {
      // It was told; the rest is its own affair.
    }
  }
}
