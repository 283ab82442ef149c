/** Most keys that are remembered. What is forgotten costs a second removal. */
const MOST = 10_000

/** In the name of which token this node last removed or wrote a key, until it tells the others. */
export class WrittenAs {
  readonly #tokens = new Map<string, string>()

  /** The key was removed. */
  removed(key: string, token: string): void {
    this.#tokens.delete(key)
    this.#tokens.set(key, token)
    if (this.#tokens.size > MOST) this.#tokens.delete(this.#tokens.keys().next().value as string)
  }

  /** The key was written. A removal of before, in another name, is not made good by that. */
  wrote(key: string, token: string): void {
    if (!this.#tokens.has(key)) this.removed(key, token)
  }

  /** The token, forgotten with the answer; `undefined` if it is not known. */
  take(key: string): string | undefined {
    const token = this.#tokens.get(key)
    this.#tokens.delete(key)
    return token
  }
}
