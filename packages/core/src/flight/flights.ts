import { Flight } from './flight.ts'

/** Flights that start between two renewals of the map, at least: few enough to be done before a minor garbage collection. */
const STARTS_PER_MAP = 256

/** The flights of one cache. Whoever changes this map decides who shares what: nothing else does. */
export class Flights<R> {
  #flying = new Map<string, Flight<R>>()
  /** Since the map was made. */
  #starts = 0

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
    this.#renewMap()
    flight.follow(work(flight), () => this.#land(flight))
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

  /**
   * V8 rebuilds the table of a busy map again and again, and each table refers to its successor. Once one of them is old, all that follow,
   * with every flight in them, outlive each minor garbage collection. A new map is not in that chain.
   */
  #renewMap(): void {
    if (++this.#starts < Math.max(STARTS_PER_MAP, this.#flying.size * 4)) return
    this.#starts = 0
    this.#flying = new Map(this.#flying)
  }

  /** Only a flight that is still the registered one leaves the map: its successor stays. */
  #land(flight: Flight<R>): void {
    if (this.#flying.get(flight.key) === flight) this.#flying.delete(flight.key)
  }
}
