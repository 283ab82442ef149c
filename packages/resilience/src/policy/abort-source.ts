type Listener = (reason: unknown) => void

/**
 * What can end the wait for a call. An `AbortSignal` is made of it only when somebody asks for one: most calls of a store do not, and a
 * signal costs more than all the rest of a policy.
 */
export class AbortSource {
  #listeners: Set<Listener> | undefined
  #ended: { readonly reason: unknown } | undefined
  #controller: AbortController | undefined

  /** Whether it was aborted. */
  get aborted(): boolean {
    return this.#ended !== undefined
  }

  /** Why. */
  get reason(): unknown {
    return this.#ended?.reason
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#ended !== undefined) this.#controller.abort(this.#ended.reason)
    }
    return this.#controller.signal
  }

  /** Once; later calls do nothing. */
  abort(reason: unknown): void {
    if (this.#ended !== undefined) return
    this.#ended = { reason }
    const listeners = this.#listeners ?? []
    this.#listeners = undefined
    for (const listener of [...listeners]) listener(reason)
    this.#controller?.abort(reason)
  }

  /** Calls the listener when it is aborted, unless it was before. The answer ends that. */
  onAbort(listener: Listener): () => void {
    const listeners = (this.#listeners ??= new Set())
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
}
