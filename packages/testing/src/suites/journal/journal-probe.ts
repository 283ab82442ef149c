import assert from 'node:assert/strict'
import type { Append, Journal, JournalRecord, Marks, RecordRef, TailListener } from '@larder/core/contracts'
import type { JournalHarness } from './journal-harness.ts'

const HOUR = 3_600_000

let counter = 0

/** The journal of one namespace, for a case. Every append gets a nonce of its own. */
export class JournalProbe {
  readonly namespace: string
  readonly #journal: Journal

  constructor(harness: JournalHarness, suffix = '') {
    this.#journal = harness.journal
    this.namespace = `${harness.namespace}${suffix}`
  }

  /** A value that a mark may be created with, and a nonce. */
  static nonce(): string {
    counter++
    return `n${counter}`.padEnd(16, '_')
  }

  append(
    kind: Append['kind'],
    items: readonly string[],
    details: { readonly markTtlMs?: number; readonly nonce?: string } = {},
  ): Promise<RecordRef> {
    const { markTtlMs = HOUR, nonce = JournalProbe.nonce() } = details
    return this.#journal.append(this.namespace, { nonce, origin: 'node-1', kind, items, markTtlMs })
  }

  keys(...items: readonly string[]): Promise<RecordRef> {
    return this.append('keys', items)
  }

  tags(...items: readonly string[]): Promise<RecordRef> {
    return this.append('tags', items)
  }

  cache(...items: readonly string[]): Promise<RecordRef> {
    return this.append('cache', items)
  }

  /** The marks as they are; missing ones stay missing. */
  async marks(...names: readonly string[]): Promise<readonly (string | undefined)[]> {
    return (await this.#journal.marks(this.namespace, { names })).marks
  }

  /** Makes the missing marks, and answers all. */
  async create(names: readonly string[], markTtlMs: number = HOUR): Promise<readonly (string | undefined)[]> {
    return (
      await this.#journal.marks(this.namespace, { names, create: names.map(() => JournalProbe.nonce()), markTtlMs })
    ).marks
  }

  since(since: RecordRef, ...names: readonly string[]): Promise<Marks> {
    return this.#journal.marks(this.namespace, { names, since })
  }

  /** Whether none of the marks was moved after `since`. */
  async unmoved(since: RecordRef, ...names: readonly string[]): Promise<boolean> {
    return (await this.since(since, ...names)).unmoved
  }

  /** The last record. */
  async head(): Promise<RecordRef> {
    return (await this.reset(undefined)).head
  }

  /** What came after a cursor that the journal must know. */
  async after(cursor: RecordRef): Promise<readonly JournalRecord[]> {
    const answer = await this.#journal.sync(this.namespace, cursor)
    assert.equal(answer.kind, 'records', 'the journal does not know the cursor')
    assert.ok(answer.kind === 'records')
    const last = answer.records.at(-1) ?? cursor
    assert.deepEqual(answer.head, { id: last.id, nonce: last.nonce }, 'the head is not the last record')
    return answer.records
  }

  /** The answer for a cursor that the journal must not know. */
  async reset(cursor: RecordRef | undefined): Promise<{ readonly head: RecordRef; readonly firstId: string }> {
    const answer = await this.#journal.sync(this.namespace, cursor)
    assert.ok(answer.kind === 'reset', 'the journal knows the cursor')
    return answer
  }

  missing(...refs: readonly RecordRef[]): Promise<readonly RecordRef[]> {
    return this.#journal.missing(this.namespace, refs)
  }

  /** Subscribes, and waits until pushes are to be expected. */
  async listen(harness: JournalHarness): Promise<{ readonly heard: JournalRecord[]; close: () => Promise<void> }> {
    const heard: JournalRecord[] = []
    let resyncs = 0
    const listener: TailListener = {
      record: (record) => void heard.push(record),
      resync: () => void resyncs++,
    }
    const tail = this.#journal.tail(this.namespace, listener)
    if (harness.manifest.delivery === 'remote') await harness.eventually(() => resyncs > 0)
    return { heard, close: () => tail.close() }
  }
}

/** The mark that a record gives to what it names. */
export function markOf({ id, nonce }: RecordRef): string {
  return `${id}:${nonce}`
}
