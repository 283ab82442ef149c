import type { Clock, Timer } from './contracts/clock.ts'

/** Hears how awaited work ended: one of the three is called, once. */
export interface Ending<R> {
  resolved(value: R): void
  rejected(error: unknown): void
  /** It took too long. */
  expired(): void
}

/** One who waits, in the row of those of its queue. */
interface Waiting {
  readonly dueAt: number
  readonly ending: Pick<Ending<never>, 'expired'>
  next: Waiting | undefined
  previous: Waiting | undefined
  waits: boolean
}

/**
 * Bounds how long promises are waited for. All waits of one length share a single timer: they fall due in the order in which they began.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #queues = new Map<number, DeadlineQueue>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Settles like `work`, or rejects with `late()` once `ms` milliseconds have passed. The work itself is not stopped; how it ends later
   * is ignored.
   */
  race<R>(work: Promise<R>, ms: number, late: () => Error): Promise<R> {
    if (ms === Infinity) return work
    return new Promise<R>((resolved, rejected) => {
      this.watch(work, ms, { resolved, rejected, expired: () => rejected(late()) })
    })
  }

  /** The same for one who needs no promise: tells `ending` what came of `work` within `ms` milliseconds, a finite number. */
  watch<R>(work: Promise<R>, ms: number, ending: Ending<R>): void {
    let queue = this.#queues.get(ms)
    if (queue === undefined) this.#queues.set(ms, (queue = new DeadlineQueue(this.#clock, ms)))
    queue.watch(work, ending)
  }
}

class DeadlineQueue {
  readonly #clock: Clock
  readonly #ms: number
  // A list, in the order in which they fall due.
  #first: Waiting | undefined
  #last: Waiting | undefined
  #timer: Timer | undefined

  constructor(clock: Clock, ms: number) {
    this.#clock = clock
    this.#ms = ms
  }

  watch<R>(work: Promise<R>, ending: Ending<R>): void {
    const waiting: Waiting = {
      dueAt: this.#clock.monotonic() + this.#ms,
      ending,
      next: undefined,
      previous: this.#last,
      waits: true,
    }
    if (this.#last === undefined) this.#first = waiting
    else this.#last.next = waiting
    this.#last = waiting
    this.#timer ??= this.#clock.after(this.#ms, () => this.#fire())
    work.then(
      (value) => {
        if (this.#end(waiting)) ending.resolved(value)
      },
      (error: unknown) => {
        if (this.#end(waiting)) ending.rejected(error)
      },
    )
  }

  /** Whether it was still waited for. */
  #end(waiting: Waiting): boolean {
    if (!waiting.waits) return false
    waiting.waits = false
    const { next, previous } = waiting
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    // A list of the dead would keep its later members alive until the next full garbage collection.
    waiting.next = waiting.previous = undefined
    if (this.#first === undefined) {
      this.#timer?.cancel()
      this.#timer = undefined
    }
    return true
  }

  #fire(): void {
    this.#timer = undefined
    const now = this.#clock.monotonic()
    for (let waiting = this.#first; waiting !== undefined; waiting = this.#first) {
      if (waiting.dueAt > now) {
        this.#timer = this.#clock.after(waiting.dueAt - now, () => this.#fire())
        return
      }
      this.#end(waiting)
      waiting.ending.expired()
    }
  }
}
