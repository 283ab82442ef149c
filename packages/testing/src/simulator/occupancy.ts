import type { Kernel, Moment } from './kernel.ts'
import type { Process } from './process.ts'
import type { Subject } from './subject.ts'

/** Since when a node has been busy with a key, and whether it was blind then. */
export interface Busy extends Moment {
  readonly blind: boolean
}

/** Whether something goes on that a later read of the subject may join. */
export type BusyWith = (process: Process, subject: Subject) => boolean

/**
 * Since when reads of a key may be under way on each node. A read may join one that is, and then gets what was promised to that one. What is
 * under way is not visible from outside; that nothing is, is.
 */
export class Occupancy {
  readonly #kernel: Kernel
  readonly #since = new Map<Process, Map<Subject, Busy>>()
  readonly #busyWith: BusyWith

  constructor(kernel: Kernel, busyWith: BusyWith) {
    this.#kernel = kernel
    this.#busyWith = busyWith
    kernel.afterStep(() => this.#refresh())
  }

  /** Something begins that a later read may join. */
  enter(process: Process, subjects: readonly Subject[]): void {
    let bySubject = this.#since.get(process)
    if (bySubject === undefined) this.#since.set(process, (bySubject = new Map<Subject, Busy>()))
    for (const subject of subjects) {
      if (!bySubject.has(subject)) bySubject.set(subject, { ...this.#kernel.moment(), blind: process.blind })
    }
  }

  /** Since when the node has been busy with the key; `undefined` if it is not. */
  since(process: Process, subject: Subject): Busy | undefined {
    return this.#since.get(process)?.get(subject)
  }

  #refresh(): void {
    for (const [process, bySubject] of this.#since) {
      for (const subject of bySubject.keys()) if (!this.#busyWith(process, subject)) bySubject.delete(subject)
    }
  }
}
