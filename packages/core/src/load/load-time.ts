/** Weight of the newest load in the average. */
const WEIGHT = 0.2

/** How long the loads of one cache take in this process: a moving average that leans to the newest; 0 before the first. */
export class LoadTime {
  ms = 0
  #known = false

  /** A load took so many milliseconds. */
  note(ms: number): void {
    this.ms = this.#known ? this.ms + WEIGHT * (ms - this.ms) : ms
    this.#known = true
  }
}
