import { onAbort } from '../abort.ts'

/** The pending read of one key in this process, shared by its callers. */
export class Flight<R> {
  readonly key: string
  /** Whether it may end with an invalidated value: only callers who asked for that share it. */
  readonly lenient: boolean
  /**
   * Set once an invalidation may concern it. A tainted flight still answers its own callers, all of whom came before the invalidation; it is
   * never joined and never writes L1.
   */
  tainted = false
  /** Monotonic ms from which it is not joined any more; only where this node does not hear of invalidations. */
  joinableUntil: number = Infinity
  #result: Promise<R> | undefined
  #waiters = 0
  // Made when somebody asks for them: most flights end without.
  #abort: AbortController | undefined
  #waitsFor: Set<Flight<unknown>> | undefined

  constructor(key: string, lenient: boolean) {
    this.key = key
    this.lenient = lenient
  }

  /** What the callers get. Handled: a flight without callers never raises an unhandled rejection. */
  get result(): Promise<R> {
    if (this.#result === undefined) throw new Error(`the work of ${this.key} waits for its own result`)
    return this.#result
  }

  /** Aborts when the last caller who waits has gone. */
  get abandoned(): AbortSignal {
    this.#abort ??= new AbortController()
    return this.#abort.signal
  }

  /** Flights that this one's loader waits for. */
  get waitsFor(): Set<Flight<unknown>> {
    this.#waitsFor ??= new Set()
    return this.#waitsFor
  }

  /** The outcome of `work` becomes the result; `landed` is called before any caller hears of it. */
  follow(work: Promise<R>, landed: () => void): void {
    this.#result = work
    work.then(landed, landed)
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
      const stay = onAbort(signal, leave)
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
    const open: Flight<unknown>[] = [this]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === other) return true
      if (seen.has(next)) continue
      seen.add(next)
      if (next.#waitsFor !== undefined) open.push(...next.#waitsFor)
    }
    return false
  }
}
