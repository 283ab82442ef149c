/** A place in a line. */
export interface Place {
  /** Resolves when everybody who came before has left. */
  readonly turn: Promise<void>
  /** Lets the next one go. Idempotent. */
  leave(): void
}

/** Lets those who wait for the same key in this process go one at a time, in the order in which they came. */
export class Turns {
  readonly #lines = new Map<string, Set<() => void>>()

  join(key: string): Place {
    let line = this.#lines.get(key)
    if (line === undefined) this.#lines.set(key, (line = new Set()))
    const others = line
    let go = (): void => {}
    const turn = new Promise<void>((resolve) => (go = resolve))
    others.add(go)
    if (others.size === 1) go()
    const leave = (): void => {
      if (!others.delete(go)) return
      const [first] = others
      if (first === undefined) this.#lines.delete(key)
      // If it was not the first who left, this tells the first once more: that does nothing.
      else first()
    }
    return { turn, leave }
  }
}
