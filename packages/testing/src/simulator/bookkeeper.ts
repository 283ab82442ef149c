import type { History } from './history.ts'
import type { Kernel } from './kernel.ts'
import type { Ledger } from './ledger.ts'
import type { Operation } from './operation.ts'
import type { Subject } from './subject.ts'
import type { Change } from './value-server.ts'

/** Notes what the store took in, and checks what can be told from one change alone: versions (F7) and increments. */
export class Bookkeeper {
  readonly #kernel: Kernel
  readonly #ledger: Ledger
  readonly #history: History
  /** Highest version stored since the store last forgot the key. */
  readonly #versions = new Map<Subject, number>()
  /** Step of the last `increment` or `addTags` that the store carried out. */
  readonly #edits = new Map<Subject, number>()

  constructor(parts: { readonly kernel: Kernel; readonly ledger: Ledger; readonly history: History }) {
    this.#kernel = parts.kernel
    this.#ledger = parts.ledger
    this.#history = parts.history
  }

  /** The store forgot everything. */
  flushed(): void {
    this.#versions.clear()
    this.#edits.clear()
  }

  changed(change: Change): void {
    this.#checkVersion(change)
    this.#checkEdits(change)
    const operation = this.#kernel.owner as Partial<Operation>
    if (operation.kind === 'increment') this.#incremented(change, operation.by as number)
    else if (operation.kind === 'addTags') this.#tagged(change)
    else if (operation.kind === 'set' || operation.kind === 'setMany') this.#ordered(change)
  }

  /** F7: while the newer entry or its floor is stored, no older one is. */
  #checkVersion({ subject, after }: Change): void {
    if (after.version === undefined) return
    const highest = this.#versions.get(subject) ?? -1
    if (after.version < highest)
      this.#kernel.fail(`F7: version ${after.version} of ${subject.name} was stored after version ${highest}`)
    this.#versions.set(subject, Math.max(highest, after.version))
  }

  /** A load that began before an edit would undo it. */
  #checkEdits({ subject, cause, before, after }: Change): void {
    if (cause === 'edit' && before?.id !== after.id) this.#edits.set(subject, this.#kernel.step)
    const value = this.#ledger.get(after.value)
    if (cause === 'edit' || value?.loaded !== true || value.madeAt > (this.#edits.get(subject) ?? -1)) return
    this.#kernel.fail(
      `a value of ${subject.name} loaded at step ${value.madeAt} undid the edit at step ${this.#edits.get(subject)}`,
    )
  }

  #incremented({ subject, cause, before, after }: Change, by: number): void {
    if (cause === 'edit' && before !== undefined && after.value !== before.value + by) {
      this.#kernel.fail(`an increment by ${by} made ${after.value} of ${before.value} in ${subject.name}`)
    }
    const effective = cause === 'edit' ? subject.version : (this.#kernel.owner.ordered.get(subject) ?? 0)
    const value = this.#ledger.add(after.value, { subject, version: effective, effective, loaded: false })
    const old = before === undefined || cause === 'fill' ? undefined : this.#ledger.get(before.value)
    for (const [tag, added] of old?.addedTags ?? []) value.addedTags.set(tag, added)
  }

  #tagged({ after, cause }: Change): void {
    const call = this.#history.calledBy(this.#kernel.owner)
    const value = this.#ledger.get(after.value)
    if (cause === 'edit' && value !== undefined && call !== undefined) value.addedTags.set(ADDED_TAG, call)
  }

  /** A write counts as of the instant at which the store had taken its token and its marks. */
  #ordered({ subject, after }: Change): void {
    const value = this.#ledger.get(after.value)
    if (value === undefined || value.subject !== subject) return
    value.effective = Math.max(value.effective, this.#kernel.owner.ordered.get(subject) ?? 0)
  }
}

/** The tag that the workload adds. */
export const ADDED_TAG = 'x'
