import { setTimeout as sleep } from 'node:timers/promises'

/** How long a price takes, in milliseconds. */
const ANSWER_MS = 10

/** The source behind the cache: slow, and out of order when told to be. It counts what is asked of it. */
export class PriceSource {
  well = true
  calls = 0
  /** Most calls that ran at once. */
  most = 0
  #running = 0

  async price(product: string): Promise<number> {
    this.calls++
    this.most = Math.max(this.most, ++this.#running)
    try {
      await sleep(ANSWER_MS)
      if (!this.well) throw new Error('the price service is out of order')
      return product.length * 100
    } finally {
      this.#running--
    }
  }

  /** Counts from nothing again. */
  reset(): void {
    this.calls = 0
    this.most = this.#running
  }
}
