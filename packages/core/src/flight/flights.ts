import { Flight } from './flight.ts'

/** The flights of one cache. Whoever changes this map decides who shares what: nothing else does. */
export class Flights<R> {
  readonly #flying = new Map<string, Flight<R>>()

  /**
   * The flight that a new caller may share: one that no invalidation has tainted, and whose answer the caller may have. A `lenient` one
   * may end with an invalidated value, for callers who asked for that.
   */
  find(key: string, lenient: boolean): Flight<R> | undefined {
    const flight = this.#flying.get(key)
    return flight === undefined || flight.tainted || (flight.lenient && !lenient) ? undefined : flight
  }

  /**
   * Registers a new flight and starts its work. The one it displaces is tainted first: it has left the map, so no later invalidation
   * would find it.
   */
  start(key: string, lenient: boolean, work: (flight: Flight<R>) => Promise<R>): Flight<R> {
    const displaced = this.#flying.get(key)
    if (displaced !== undefined) displaced.tainted = true
    const flight = new Flight<R>(key, lenient)
    this.#flying.set(key, flight)
    flight.follow(work(flight).finally(() => this.#land(flight)))
    return flight
  }

  /** Taints the flight of one key. */
  taint(key: string): void {
    const flight = this.#flying.get(key)
    if (flight !== undefined) flight.tainted = true
  }

  /** Taints every flight. */
  taintAll(): void {
    for (const flight of this.#flying.values()) flight.tainted = true
  }

  /** Flights under way. */
  get size(): number {
    return this.#flying.size
  }

  /** Only a flight that is still the registered one leaves the map: its successor stays. */
  #land(flight: Flight<R>): void {
    if (this.#flying.get(flight.key) === flight) this.#flying.delete(flight.key)
  }
}
