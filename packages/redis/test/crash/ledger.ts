/** What was acknowledged and what the source has got, key by key. Values of one key grow from write to write. */
export class Ledger {
  readonly #acknowledged = new Map<string, number>()

  /** The caller was told that the write is journaled. */
  acknowledge(key: string, value: number): void {
    this.#acknowledged.set(key, Math.max(value, this.#acknowledged.get(key) ?? 0))
  }

  /** Keys with an acknowledged write. */
  get keys(): readonly string[] {
    return [...this.#acknowledged.keys()]
  }

  /** What the source got for a key, held against what it should have got: sentences about what is wrong. */
  check(key: string, written: readonly number[]): readonly string[] {
    const wrong: string[] = []
    const acknowledged = this.#acknowledged.get(key) ?? 0
    const last = written.at(-1) ?? 0
    if (last < acknowledged) wrong.push(`${key}: ${acknowledged} was acknowledged, and the source ends with ${last}`)
    written.forEach((value, i) => {
      const before = written[i - 1] ?? 0
      if (value < before) wrong.push(`${key}: ${value} was written after ${before}`)
    })
    return wrong
  }
}
