import { compareIds } from '../contracts/record-id.ts'
import type { RecordRef } from '../contracts/journal.ts'
import type { MarkPair } from '../entry/entry.ts'

/** A mark as this node last knew it. */
interface Copy {
  readonly mark: string
  /** Id of the journal's last record when the mark was so. */
  readonly asOf: string
}

/** Most local copies kept. Beyond it the oldest are forgotten, which costs a fetch when they are needed again. */
const MOST_COPIES = 100_000

/**
 * This node's copies of the marks of tags and caches. A copy may accept an entry; it never rejects one on its own, since a mark may have
 * been evicted and made anew (freshness.md §4, rules 4 to 6).
 */
export class LocalMarks {
  /** Counts changes of copies. An entry found valid at one generation is valid at the same one without looking. */
  generation = 0
  /** Counts the events that void every fetch begun before them. */
  epoch = 0
  readonly #copies = new Map<string, Copy>()

  /** Whether every one of the marks has a copy. */
  knows(names: readonly string[]): boolean {
    return names.every((name) => this.#copies.has(name))
  }

  /** The copies of the marks, or `undefined` unless all are there. */
  lookup(names: readonly string[]): readonly string[] | undefined {
    const marks: string[] = []
    for (const name of names) {
      const copy = this.#copies.get(name)
      if (copy === undefined) return undefined
      marks.push(copy.mark)
    }
    return marks
  }

  /** Whether every mark of an entry equals its copy. */
  accepts(marks: readonly MarkPair[]): boolean {
    for (const [name, mark] of marks) if (this.#copies.get(name)?.mark !== mark) return false
    return true
  }

  /**
   * Keeps a fetched mark, unless something newer is or may be known: the fetch began in an earlier epoch, or was answered before the
   * journal reached our cursor or the copy's own instant.
   */
  adopt(
    name: string,
    mark: string,
    fetched: { readonly head: RecordRef; readonly epoch: number; readonly cursor: RecordRef },
  ): void {
    if (fetched.epoch !== this.epoch || compareIds(fetched.head.id, fetched.cursor.id) < 0) return
    const copy = this.#copies.get(name)
    if (copy !== undefined && compareIds(fetched.head.id, copy.asOf) < 0) return
    this.#set(name, { mark, asOf: fetched.head.id })
  }

  /** A record moved the mark. Without a copy there is nothing to correct. */
  move(name: string, record: RecordRef): void {
    const copy = this.#copies.get(name)
    if (copy === undefined || compareIds(record.id, copy.asOf) <= 0) return
    this.#set(name, { mark: `${record.id}:${record.nonce}`, asOf: record.id })
  }

  /** Drops copies after an invalidation of our own, and voids fetches under way: their answers may be older than it. */
  forget(names: readonly string[]): void {
    for (const name of names) this.#copies.delete(name)
    this.epoch++
    this.generation++
  }

  /** Drops every copy: what the journal said can no longer be relied on. */
  clear(): void {
    this.#copies.clear()
    this.epoch++
    this.generation++
  }

  #set(name: string, copy: Copy): void {
    const changes = this.#copies.get(name)?.mark !== copy.mark
    this.#copies.delete(name)
    this.#copies.set(name, copy)
    if (!changes) return
    this.generation++
    if (this.#copies.size > MOST_COPIES) this.#copies.delete(this.#copies.keys().next().value as string)
  }
}
