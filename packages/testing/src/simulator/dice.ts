import { SeededRandom } from '../seeded-random.ts'

/** Seeded decisions: the same seed gives the same ones. */
export class Dice {
  readonly #random: SeededRandom

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
  }

  /** A number in [0, 1). */
  fraction(): number {
    return this.#random.fraction()
  }

  /** An integer from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1))
  }

  /** Whether something of this probability happens. */
  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  /** One of the items, which must not be none. */
  pick<T>(items: readonly T[]): T {
    return items[this.between(0, items.length - 1)] as T
  }

  /** One of the names, by their weights; one of them must be above 0. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries(weights) as [Name, number][]
    return this.heaviest(entries, ([, weight]) => weight)[0]
  }

  /** One of the items, each as likely as it is heavy; one of them must be above 0. */
  heaviest<T>(items: readonly T[], weightOf: (item: T) => number): T {
    let left = this.fraction() * items.reduce((sum, item) => sum + weightOf(item), 0)
    for (const item of items) {
      left -= weightOf(item)
      if (left < 0) return item
    }
    return items.findLast((item) => weightOf(item) > 0) as T
  }

  /** A source of randomness of its own, for a node or a server. */
  random(): SeededRandom {
    return new SeededRandom(this.between(0, 2 ** 32 - 1))
  }
}
