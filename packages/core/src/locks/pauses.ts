import type { Random } from '../contracts/random.ts'

/** First pause between two attempts to get a lock, in milliseconds, and how they grow. */
const FIRST_MS = 8
const GROWTH = 1.6
/** Longest pause, in milliseconds: where releases are told, and where they are not. */
const MOST_MS = { told: 1_000, untold: 150 } as const

/** The pauses of one wait for a lock: they grow, and differ at random between those who wait. */
export class Pauses {
  readonly #random: Random
  readonly #mostMs: number
  #nextMs = FIRST_MS

  constructor(random: Random, kind: 'told' | 'untold') {
    this.#random = random
    this.#mostMs = MOST_MS[kind]
  }

  /** The next one, in milliseconds; ends soon after the lock's time, if it is known when it runs out. */
  next(remainingMs: number = Infinity): number {
    const pauseMs = this.#nextMs * (0.75 + this.#random.fraction() / 2)
    this.#nextMs = Math.min(this.#mostMs, this.#nextMs * GROWTH)
    return Math.max(1, Math.min(pauseMs, remainingMs + 1 + this.#random.fraction() * FIRST_MS))
  }
}
