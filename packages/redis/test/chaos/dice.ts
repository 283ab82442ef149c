import type { Random } from '@larder/core/contracts'

/** Draws from a seed. */
export class Dice {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  /** A number from `least` up to `most`. */
  between(least: number, most: number): number {
    return least + this.#random.fraction() * (most - least)
  }

  chance(probability: number): boolean {
    return this.#random.fraction() < probability
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random.fraction() * items.length)] as T
  }

  /** Several different items. */
  some<T>(items: readonly T[], count: number): readonly T[] {
    return this.shuffled(items).slice(0, count)
  }

  shuffled<T>(items: readonly T[]): readonly T[] {
    const left = [...items]
    return items.map(() => left.splice(Math.floor(this.#random.fraction() * left.length), 1)[0] as T)
  }

  /** One of the names, as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries(weights) as [Name, number][]
    let left = this.#random.fraction() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [name, weight] of entries) if ((left -= weight) < 0) return name
    return (entries.at(-1) as [Name, number])[0]
  }
}
