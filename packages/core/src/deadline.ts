import type { Clock, Timer } from './contracts/clock.ts'

interface Waiting {
  readonly dueAt: number
  settled: boolean
  readonly expire: () => void
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
    let queue = this.#queues.get(ms)
    if (queue === undefined) this.#queues.set(ms, (queue = new DeadlineQueue(this.#clock, ms)))
    return queue.race(work, late)
  }
}

class DeadlineQueue {
  readonly #clock: Clock
  readonly #ms: number
  #waiting: Waiting[] = []
  #first = 0
  #open = 0
  #timer: Timer | undefined

  constructor(clock: Clock, ms: number) {
    this.#clock = clock
    this.#ms = ms
  }

  race<R>(work: Promise<R>, late: () => Error): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const waiting: Waiting = {
        dueAt: this.#clock.monotonic() + this.#ms,
        settled: false,
        expire: () => reject(late()),
      }
      this.#waiting.push(waiting)
      this.#open++
      this.#timer ??= this.#clock.after(this.#ms, () => this.#fire())
      work.then(
        (value) => {
          this.#settle(waiting)
          resolve(value)
        },
        (error: unknown) => {
          this.#settle(waiting)
          reject(error)
        },
      )
    })
  }

  #settle(waiting: Waiting): void {
    if (waiting.settled) return
    waiting.settled = true
    this.#open--
    if (this.#open > 0) return
    this.#waiting = []
    this.#first = 0
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #fire(): void {
    this.#timer = undefined
    const now = this.#clock.monotonic()
    for (; this.#first < this.#waiting.length; this.#first++) {
      const waiting = this.#waiting[this.#first] as Waiting
      if (waiting.settled) continue
      if (waiting.dueAt > now) break
      waiting.settled = true
      this.#open--
      waiting.expire()
    }
    if (this.#first > 1024) {
      this.#waiting = this.#waiting.slice(this.#first)
      this.#first = 0
    }
    const next = this.#waiting[this.#first]
    if (next !== undefined) this.#timer = this.#clock.after(next.dueAt - now, () => this.#fire())
  }
}
