/** Wakes one sleeper; rung while nobody sleeps, it wakes the next one at once. */
export class Alarm {
  #rung = false
  #wake: (() => void) | undefined

  readonly ring = (): void => {
    this.#rung = true
    this.#wake?.()
  }

  /** Calls `wake` once when it is rung, or now if it was rung since the last sleep. The answer takes the call back. */
  sleep(wake: () => void): () => void {
    const awake = (): void => {
      this.#wake = undefined
      this.#rung = false
      wake()
    }
    this.#wake = awake
    if (this.#rung) awake()
    return () => {
      if (this.#wake === awake) this.#wake = undefined
    }
  }
}
