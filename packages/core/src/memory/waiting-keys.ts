/** A key whose newest write waits. */
export interface WaitingKey {
  readonly key: string
  readonly label: Uint8Array
  id: string
  sequence: number
  attempts: number
  /** Whether the present owner has it. */
  out: boolean
}

/** The keys that wait in a queue, in the order in which they came. */
export class WaitingKeys {
  readonly #keys = new Map<string, WaitingKey>()
  #count = 0
  #sequence = 0

  get size(): number {
    return this.#keys.size
  }

  /** The last sequence that was given. */
  get lastSequence(): number {
    return this.#sequence
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  get(key: string): WaitingKey | undefined {
    return this.#keys.get(key)
  }

  /** A write of the key came. Its sequence is above all before it and at least `sequence`; a write that comes back may `keep` the one it had. */
  put(write: {
    readonly key: string
    readonly label: Uint8Array
    readonly sequence: number
    readonly keep?: boolean
  }): void {
    const { key, label, sequence, keep = false } = write
    const given = keep ? sequence : Math.max(sequence, this.#sequence + 1)
    this.#sequence = Math.max(this.#sequence, given)
    const known = this.#keys.get(key)
    if (known !== undefined) {
      known.sequence = given
      // The value that failed before is not the one that waits now.
      known.attempts = 0
    } else this.#keys.set(key, { key, label, id: this.#nextId(), sequence: given, attempts: 0, out: false })
  }

  /** Lets a key wait as if it had come now. */
  requeue(key: string): void {
    const known = this.#keys.get(key)
    if (known === undefined) return
    this.#keys.delete(key)
    this.#keys.set(key, { ...known, id: this.#nextId(), attempts: 0, out: false })
  }

  delete(key: string): void {
    this.#keys.delete(key)
  }

  /** Up to `most` keys that are not out. */
  handOut(most: number): readonly WaitingKey[] {
    const handed: WaitingKey[] = []
    for (const waiting of this.#keys.values()) {
      if (handed.length >= most) break
      if (waiting.out) continue
      waiting.out = true
      handed.push(waiting)
    }
    return handed
  }

  /** Nobody has any key now. */
  takeBack(): void {
    for (const waiting of this.#keys.values()) waiting.out = false
  }

  /** Whether a value waits that was written up to `sequence`. */
  hasUpTo(sequence: number): boolean {
    return [...this.#keys.values()].some((waiting) => waiting.sequence <= sequence)
  }

  #nextId(): string {
    return `${++this.#count}-0`
  }
}
