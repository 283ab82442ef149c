/**
 * Keeps retries from multiplying the load on what is failing already: each first attempt earns a share of a retry, each retry costs one.
 * However many calls fail, retries stay within `share` of the first attempts, and `burst`.
 */
export class RetryBudget {
  readonly #share: number
  readonly #burst: number
  #balance: number

  /** `share`: retries earned by a first attempt, 0 or more. `burst`: retries at hand at first, and the most that can be saved. */
  constructor(share: number, burst: number) {
    this.#share = share
    this.#burst = burst
    this.#balance = burst
  }

  /** A first attempt begins. */
  earn(): void {
    this.#balance = Math.min(this.#burst, this.#balance + this.#share)
  }

  /** Whether one more retry may begin, which it then does. */
  spend(): boolean {
    // Ten tenths are a little less than one.
    if (this.#balance < 1 - 1e-9) return false
    this.#balance -= 1
    return true
  }
}
