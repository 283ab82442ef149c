import type { JournalRecord, RecordRef, Sync } from '@larder/core/contracts'
import { compareIds } from '@larder/core/contracts'
import type { Invalidation } from './invalidation.ts'
import { recordOf } from './invalidation.ts'
import type { Kernel, Owner } from './kernel.ts'
import type { Process } from './process.ts'

/** All invalidations of a schedule: which are complete, and which node knows of them. */
export class History {
  readonly invalidations: Invalidation[] = []
  readonly #kernel: Kernel
  readonly #byOwner = new Map<Owner, Invalidation>()
  readonly #byNonce = new Map<string, Invalidation>()
  /** Records known to each node, in any incarnation of the journal. */
  readonly #known = new Map<Process, Set<string>>()
  /** Id of the last record that each node applied. */
  readonly #cursors = new Map<Process, string>()
  /** Invalidations that each node applied since its last reset. */
  readonly #rings = new Map<Process, Set<Invalidation>>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** An invalidation was called. */
  begin(owner: Owner, called: Pick<Invalidation, 'process' | 'what' | 'keepsStale' | 'wanted'>): Invalidation {
    const invalidation: Invalidation = {
      label: owner.label,
      ...called,
      startedAt: this.#kernel.step,
      appendedAt: Infinity,
      record: undefined,
      completeAt: Infinity,
      completeTime: Infinity,
      queuedAt: Infinity,
      seenAt: this.#nobody(),
      lost: false,
      owedBy: undefined,
    }
    this.invalidations.push(invalidation)
    this.#byOwner.set(owner, invalidation)
    return invalidation
  }

  /** The invalidation that is on somebody's account. */
  calledBy(owner: Owner): Invalidation | undefined {
    return this.#byOwner.get(owner)
  }

  /** Its call resolved: from here on it must hold. */
  complete(invalidation: Invalidation): void {
    invalidation.completeAt = this.#kernel.step
    invalidation.completeTime = this.#kernel.now
    invalidation.seenAt[invalidation.process.index] = this.#kernel.step
  }

  /** Its call resolved, but it may wait in its process. */
  queue(invalidation: Invalidation): void {
    invalidation.queuedAt = this.#kernel.step
  }

  /** All is well, and has been for long enough: what waited is carried out, unless its process is no more. */
  carriedOut(): void {
    for (const invalidation of this.invalidations) {
      if (invalidation.queuedAt === Infinity || invalidation.process.crashed) continue
      this.complete(invalidation)
      invalidation.lost = false
      invalidation.seenAt.fill(this.#kernel.step)
    }
  }

  /** A record entered the journal, on the account of its invalidation, or of a node that repeats what a failover lost. */
  appended(owner: Owner, record: JournalRecord): void {
    const invalidation = this.#byOwner.get(owner)
    if (invalidation !== undefined && sameContent(recordOf(invalidation), record))
      return this.#recorded(invalidation, record)
    const repeated = this.invalidations.filter((other) => other.lost && sameContent(recordOf(other), record))
    for (const lost of repeated) {
      lost.lost = false
      lost.owedBy = undefined
      lost.seenAt.fill(Infinity)
      if (lost.completeAt < Infinity) {
        lost.completeAt = this.#kernel.step
        lost.completeTime = this.#kernel.now
      }
      this.#recorded(lost, record)
    }
  }

  /** A push was delivered. `applied`: the node told its subscribers of it. */
  pushed(process: Process, record: JournalRecord, applied: boolean): void {
    const known = this.#knownTo(process)
    if (!applied && !known.has(record.nonce)) process.doubt()
    if (applied) this.#applied(process, record)
  }

  /** A `sync` was answered in time; it had run at step `executedAt`. */
  synced(process: Process, reply: Sync, executedAt: number): void {
    const known = this.#knownTo(process)
    known.add(reply.head.nonce)
    if (reply.kind === 'reset') this.#reset(process, reply)
    // Of an answer that pushes have overtaken, only what is newer is applied.
    else
      for (const record of reply.records)
        if (compareIds(record.id, this.#cursorOf(process)) > 0) this.#applied(process, record)
    for (const invalidation of this.invalidations) {
      if (invalidation.appendedAt < executedAt && !invalidation.lost) this.#saw(process, invalidation)
    }
  }

  /** A node may have begun anew: it need not remember what it applied before. */
  forgot(process: Process): void {
    this.#rings.delete(process)
  }

  /** The control server was replaced by one that has only these records. */
  failedOver(remaining: readonly RecordRef[]): void {
    const nonces = new Set(remaining.map(({ nonce }) => nonce))
    for (const invalidation of this.invalidations) {
      const { record } = invalidation
      if (record === undefined || nonces.has(record.nonce)) continue
      // What had left the journal before, by trimming or a flush, cannot be lost again: its marks moved long ago or went with it.
      if (!this.#current.has(record.nonce)) continue
      invalidation.lost = true
      invalidation.appendedAt = Infinity
      invalidation.seenAt.fill(Infinity)
    }
    this.#current.clear()
    for (const nonce of nonces) this.#current.add(nonce)
    this.forgive()
  }

  /** Nonces of the records of this incarnation of the journal, trimmed ones included. */
  readonly #current = new Set<string>()

  /** The journal was begun anew: what nobody has repeated by now, nobody can. */
  begunAnew(): void {
    this.#current.clear()
    this.forgive()
  }

  /** Nobody owes anything any more. */
  forgive(process?: Process): void {
    for (const invalidation of this.invalidations) {
      if (process === undefined || invalidation.owedBy === process) invalidation.owedBy = undefined
    }
  }

  /** A node ended: its successor knows nothing. */
  ended(process: Process): void {
    for (const invalidation of this.invalidations) invalidation.seenAt[process.index] = Infinity
    this.forgive(process)
  }

  #recorded(invalidation: Invalidation, record: RecordRef): void {
    invalidation.record = { id: record.id, nonce: record.nonce }
    invalidation.appendedAt = this.#kernel.step
    this.#byNonce.set(record.nonce, invalidation)
    this.#current.add(record.nonce)
  }

  #applied(process: Process, record: RecordRef): void {
    this.#knownTo(process).add(record.nonce)
    this.#cursors.set(process, record.id)
    const invalidation = this.#byNonce.get(record.nonce)
    if (invalidation === undefined) return
    this.#ringOf(process).add(invalidation)
    if (invalidation.record?.nonce === record.nonce && !invalidation.lost) this.#saw(process, invalidation)
  }

  #reset(process: Process, { firstId, head }: Extract<Sync, { kind: 'reset' }>): void {
    this.#cursors.set(process, head.id)
    for (const invalidation of this.#ringOf(process)) {
      const { record, lost } = invalidation
      if (lost && record !== undefined && compareIds(record.id, firstId) > 0) invalidation.owedBy = process
    }
    this.#rings.delete(process)
  }

  #saw(process: Process, invalidation: Invalidation): void {
    const before = invalidation.seenAt[process.index] as number
    invalidation.seenAt[process.index] = Math.min(before, this.#kernel.step)
  }

  #cursorOf(process: Process): string {
    return this.#cursors.get(process) ?? '0-0'
  }

  #knownTo(process: Process): Set<string> {
    let known = this.#known.get(process)
    if (known === undefined) this.#known.set(process, (known = new Set()))
    return known
  }

  #ringOf(process: Process): Set<Invalidation> {
    let ring = this.#rings.get(process)
    if (ring === undefined) this.#rings.set(process, (ring = new Set()))
    return ring
  }

  #nobody(): number[] {
    return new Array<number>(this.#kernel.plan.nodes).fill(Infinity)
  }
}

function sameContent(
  a: { readonly kind: string; readonly items: readonly string[] },
  b: { readonly kind: string; readonly items: readonly string[] },
): boolean {
  return (
    a.kind === b.kind && a.items.length === b.items.length && a.items.every((item, index) => item === b.items[index])
  )
}
