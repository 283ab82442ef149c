import type { Invalidation } from './invalidation.ts'
import type { Kernel } from './kernel.ts'
import type { Subject } from './subject.ts'
import { tagsOf } from './subject.ts'

/** Where a value came from, and as of when it counts. */
export interface Value {
  readonly number: number
  readonly subject: Subject
  /** Source version that its loader read, or that its writer wrote. */
  readonly version: number
  /**
   * Source version as of which it counts. For a loaded value the one its loader read; for a written one that of the instant at which the store
   * had taken the write's order, which may be later than the value the caller had in hand.
   */
  effective: number
  /** Step at which it was made. */
  readonly madeAt: number
  /** Whether a loader made it. */
  readonly loaded: boolean
  /** Tags added to it later, each with the call that did. */
  readonly addedTags: Map<string, Invalidation>
}

/** Every value that a schedule ever made, by its number. */
export class Ledger {
  readonly #kernel: Kernel
  readonly #values = new Map<number, Value>()
  #last = 0

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** A new value of a subject, made now. */
  make(made: Pick<Value, 'subject' | 'version' | 'loaded'>): Value {
    return this.add(++this.#last * COUNTER_GAP, { ...made, effective: made.subject.version })
  }

  /** A value whose number was made elsewhere. */
  add(number: number, made: Pick<Value, 'subject' | 'version' | 'effective' | 'loaded'>): Value {
    const value: Value = { number, ...made, madeAt: this.#kernel.step, addedTags: new Map() }
    this.#values.set(number, value)
    return value
  }

  get(number: number): Value | undefined {
    return this.#values.get(number)
  }
}

/** Distance between the numbers of two made values: sums of them and of increments stay unlike. */
export const COUNTER_GAP = 1_000_003

/** All tags by which a value can be invalidated, before `addTags`. */
export function ownTags(value: Value): readonly string[] {
  return tagsOf(value.subject.cache, value.version)
}
