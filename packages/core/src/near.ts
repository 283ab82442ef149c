import { Flights } from './flight/flights.ts'
import type { L1 } from './l1/l1.ts'
import type { Outcome } from './observe/outcome.ts'

/** The half of a cache that lives in this process: its memory, and the reads under way. What it does is synchronous. */
export class Near<T> {
  readonly l1: L1<T>
  /** Reads that only look. */
  readonly looks: Flights<Outcome<T>> = new Flights()
  /** Reads that load what they do not find. */
  readonly loads: Flights<Outcome<T>> = new Flights()
  /** Loads behind stale answers. A read does not join them: they may end without a value. */
  readonly refreshes: Flights<Outcome<T>> = new Flights()

  readonly #all: readonly Flights<Outcome<T>>[] = [this.looks, this.loads, this.refreshes]

  constructor(l1: L1<T>) {
    this.l1 = l1
  }

  /** A key was invalidated: its value goes, and reads under way no longer speak for it. */
  forget(key: string): void {
    this.l1.delete(key)
    for (const flights of this.#all) flights.taint(key)
  }

  /** Something was invalidated that any read under way may concern. Values are judged by their marks when they are next read. */
  taintAll(): void {
    for (const flights of this.#all) flights.taintAll()
  }

  /** Everything was invalidated. */
  clear(): void {
    this.l1.clear()
    this.taintAll()
  }
}
