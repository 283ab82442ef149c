/** The pending read of one key in this process, shared by its callers. */
export class Flight<R> {
  readonly key: string
  /** Whether it may end with an invalidated value: only callers who asked for that share it. */
  readonly lenient: boolean
  /** What the callers get. Handled: a flight without callers never raises an unhandled rejection. */
  readonly result: Promise<R>
  /**
   * Set once an invalidation may concern it. A tainted flight still answers its own callers, all of whom came before the invalidation; it is
   * never joined and never writes L1.
   */
  tainted = false
  /** Flights that this one's loader waits for. */
  readonly waitsFor: Set<Flight<unknown>> = new Set()
  #waiters = 0
  /** Made when somebody asks for it: most flights end without. */
  #abort: AbortController | undefined
  readonly #follow: (work: Promise<R>) => void

  constructor(key: string, lenient: boolean) {
    this.key = key
    this.lenient = lenient
    let follow: ((work: Promise<R>) => void) | undefined
    this.result = new Promise<R>((resolve) => {
      follow = resolve
    })
    this.#follow = follow as unknown as (work: Promise<R>) => void
    this.result.catch(() => {})
  }

  /** Aborts when the last caller who waits has gone. */
  get abandoned(): AbortSignal {
    this.#abort ??= new AbortController()
    return this.#abort.signal
  }

  /** The outcome of `work` becomes the result. */
  follow(work: Promise<R>): void {
    this.#follow(work)
  }

  /** The result for one caller, who may leave: `signal` rejects with its reason, and the last one to leave aborts the work. */
  wait(signal: AbortSignal | undefined): Promise<R> {
    this.#waiters++
    if (signal === undefined) return this.result
    return new Promise<R>((resolve, reject) => {
      const leave = (): void => {
        reject(signal.reason)
        if (--this.#waiters === 0) this.#leave(signal.reason)
      }
      if (signal.aborted) return leave()
      signal.addEventListener('abort', leave, { once: true })
      const stay = (): void => signal.removeEventListener('abort', leave)
      this.result.then(
        (result) => (stay(), resolve(result)),
        (error: unknown) => (stay(), reject(error)),
      )
    })
  }

  #leave(reason: unknown): void {
    this.#abort ??= new AbortController()
    this.#abort.abort(reason)
  }

  /** Whether this flight cannot end before `other` does. */
  dependsOn(other: Flight<unknown>): boolean {
    const seen = new Set<Flight<unknown>>()
    const open: Flight<unknown>[] = [this as Flight<unknown>]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === other) return true
      if (seen.has(next)) continue
      seen.add(next)
      open.push(...next.waitsFor)
    }
    return false
  }
}
