import type { ControlServer } from './control-server.ts'
import type { History } from './history.ts'
import type { Invalidation } from './invalidation.ts'
import type { Kernel, Moment } from './kernel.ts'
import type { Ledger, Value } from './ledger.ts'
import { ownTags } from './ledger.ts'
import type { Busy } from './occupancy.ts'
import { DRIFT_MS, HEARTBEAT_MS } from './process.ts'
import type { Process } from './process.ts'
import { describe } from './source.ts'
import type { StoredEntry } from './stored-entry.ts'
import type { Subject } from './subject.ts'
import type { ValueServer } from './value-server.ts'

/** One key of one read. */
export interface Read {
  readonly label: string
  readonly process: Process
  readonly subject: Subject
  readonly fresh: boolean
  readonly start: Moment
  /** Whether the node was blind when it began. */
  readonly blind: boolean
  /** Since when reads were under way that it may have joined. */
  readonly busy: Busy | undefined
}

/** After this time, in milliseconds, every node that is live knows of what was complete. */
const KNOWN_AFTER_MS = HEARTBEAT_MS + DRIFT_MS + 1

/** Holds what happened against the promises (freshness.md §6). Names them in what it reports. */
export class Checker {
  readonly #kernel: Kernel
  readonly #history: History
  readonly #ledger: Ledger
  readonly #values: ValueServer
  readonly #control: ControlServer
  #checkedAt = -1

  constructor(parts: {
    readonly kernel: Kernel
    readonly history: History
    readonly ledger: Ledger
    readonly values: ValueServer
    readonly control: ControlServer
  }) {
    this.#kernel = parts.kernel
    this.#history = parts.history
    this.#ledger = parts.ledger
    this.#values = parts.values
    this.#control = parts.control
    parts.kernel.afterStep(() => this.#checkStores())
  }

  /** F1, F2, F4: a read got a value. `labelledStale`: it was told that it is an invalidated one. */
  checkRead(read: Read, number: number, labelledStale = false): void {
    const value = this.#ledger.get(number)
    if (value === undefined)
      return this.#kernel.fail(`${read.label} on ${read.process.label} got a value that nobody made: ${number}`)
    if (value.subject !== read.subject)
      return this.#kernel.fail(`${read.label} asked for ${read.subject.name} and got ${describe(value)}`)
    this.#kernel.note(
      () => `${read.label} on ${read.process.label} gets ${describe(value)}${labelledStale ? ', labelled stale' : ''}`,
    )
    if (labelledStale) return
    const broken = this.#history.invalidations.find((invalidation) => this.#forbids(invalidation, value, read))
    if (broken !== undefined) this.#kernel.fail(this.#explain(read, value, broken))
  }

  /** With everything well and quiet, a read brings what the source has. */
  checkCurrent({ label, subject, process }: Read, number: number): void {
    const value = this.#ledger.get(number)
    if (value === undefined || value.version === subject.version) return
    this.#kernel.fail(
      `${label} on ${process.label} got ${describe(value)} though all is well and the source has v${subject.version}`,
    )
  }

  /** F3, F5: what the store holds, and would be judged valid, is not older than a complete invalidation. */
  #checkStores(): void {
    if (this.#checkedAt === this.#kernel.step) return
    this.#checkedAt = this.#kernel.step
    for (const subject of this.#kernel.plan.subjects) {
      const entry = this.#values.entry(subject)
      if (entry !== undefined && !entry.expired) this.#checkEntry(subject, entry)
    }
  }

  #checkEntry(subject: Subject, entry: StoredEntry): void {
    const value = this.#ledger.get(entry.value)
    if (value === undefined)
      return this.#kernel.fail(`the store holds a value of ${subject.name} that nobody made: ${entry.value}`)
    const bare = [...ownTags(value).map((tag) => `#${tag}`), `@${subject.cache}`].find((mark) => !entry.marks.has(mark))
    if (bare !== undefined) return this.#kernel.fail(`the entry of ${subject.name} carries no mark of ${bare}`)
    for (const invalidation of this.#history.invalidations) {
      if (invalidation.completeAt === Infinity || !isOlder(invalidation, value)) continue
      if (!concerns(invalidation, value) && addedBefore(invalidation, value) === undefined) continue
      if (invalidation.what.kind === 'keys') {
        return this.#kernel.fail(
          `F3: the store holds ${describe(value)} after ${invalidation.label} of v${wanted(invalidation, value)} is complete`,
        )
      }
      if (!invalidation.lost && this.#looksValid(entry, invalidation)) {
        return this.#kernel.fail(
          `F5: the store holds ${describe(value)}, valid by its marks, after ${invalidation.label} is complete`,
        )
      }
    }
  }

  /** Whether the mark that the invalidation moved is, in the store, what the entry carries. */
  #looksValid(entry: StoredEntry, { what }: Invalidation): boolean {
    if (what.kind === 'keys') return true
    const name = what.kind === 'tags' ? `#${what.tag}` : `@${what.cache}`
    const mark = entry.marks.get(name)
    return mark !== undefined && mark === this.#control.mark(name)
  }

  /** Whether a read may not get the value because of the invalidation. */
  #forbids(invalidation: Invalidation, value: Value, read: Read): boolean {
    if (!isOlder(invalidation, value) || !this.#binds(invalidation, read)) return false
    if (concerns(invalidation, value)) return true
    // A tag that was added elsewhere counts once this node knows of it: until then its copies do not carry the tag.
    const added = addedBefore(invalidation, value)
    return added !== undefined && this.#binds(added, read)
  }

  /** Whether a read must respect an invalidation: it knew of it, or had to ask. */
  #binds({ lost, completeAt, completeTime, queuedAt, seenAt, process: own }: Invalidation, read: Read): boolean {
    const { process, fresh, start, busy, blind } = read
    if (queuedAt < start.step && process === own) return true
    if (lost || completeAt >= start.step) return false
    if (fresh || (seenAt[process.index] as number) < start.step) return true
    // It may have joined a read that began earlier, and then gets what was promised to that one.
    const owed = busy ?? { ...start, blind }
    if (owed.blind) return completeAt < owed.step
    return completeTime + KNOWN_AFTER_MS <= owed.time
  }

  #explain(read: Read, value: Value, invalidation: Invalidation): string {
    const { label, process, subject, fresh, blind } = read
    const how = `${fresh ? 'fresh ' : ''}${blind ? 'on a blind node ' : ''}`
    const seen = invalidation.seenAt[process.index] as number
    const knew = seen < read.start.step ? `, which ${process.label} knew since step ${seen},` : ''
    const promise = process === invalidation.process ? 'F1' : blind ? 'F4' : 'F2'
    return (
      `${promise}: ${label} of ${subject.name} ${how}on ${process.label}, begun at step ${read.start.step}, got ${describe(value)} ` +
      `although ${invalidation.label} of v${wanted(invalidation, value)}${knew} was complete at step ${invalidation.completeAt}`
    )
  }
}

function isOlder(invalidation: Invalidation, value: Value): boolean {
  return value.effective < wanted(invalidation, value)
}

/** Whether the invalidation names the value, by its key, by a tag that it always had, or by its cache. */
function concerns({ what }: Invalidation, value: Value): boolean {
  switch (what.kind) {
    case 'keys':
      return what.subjects.includes(value.subject)
    case 'tags':
      return ownTags(value).includes(what.tag)
    case 'cache':
      return what.cache === value.subject.cache
  }
}

/** The call that put the invalidated tag on the value, if it was over when the invalidation was called. */
function addedBefore({ what, startedAt }: Invalidation, value: Value): Invalidation | undefined {
  const added = what.kind === 'tags' ? value.addedTags.get(what.tag) : undefined
  return added !== undefined && added.completeAt < startedAt ? added : undefined
}

function wanted(invalidation: Invalidation, value: Value): number {
  return invalidation.wanted.get(value.subject) ?? 0
}
