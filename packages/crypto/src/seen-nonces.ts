/** The ids of the records that came with the last nonces: at least `most` of them, at most twice as many. */
export class SeenNonces {
  readonly #most: number
  #young = new Map<string, string>()
  #old = new Map<string, string>()

  constructor(most: number) {
    this.#most = most
  }

  /** Whether a nonce came before, with another id. */
  isReplay(nonce: string, id: string): boolean {
    const known = this.#young.get(nonce) ?? this.#old.get(nonce)
    if (known === undefined) this.#note(nonce, id)
    return known !== undefined && known !== id
  }

  #note(nonce: string, id: string): void {
    if (this.#young.size >= this.#most) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(nonce, id)
  }
}
