import type { Clock, Timer } from '@larder/core/contracts'

interface Sleeper {
  readonly dueAt: number
  readonly callback: () => void
  readonly background: boolean
}

/** Captured when the module loads, so that a runner's fake timers do not stop the clock that replaces them. */
const nextTurn = setImmediate

/** Where a {@link FakeClock} starts. */
export interface FakeClockOptions {
  /** Wall time in milliseconds since the Unix epoch. Default: 1 January 2026, 00:00 UTC. */
  readonly wallMs?: number
  /** Monotonic time in milliseconds. Default 1,000: some libraries take a start at 0 for "never". */
  readonly monotonicMs?: number
}

/**
 * A {@link Clock} that stands still until a test advances it. It has no `endOfTurn`. What waits for something else than
 * the clock, such as a socket or the thread pool, is not waited for.
 */
export class FakeClock implements Clock {
  #monotonicMs: number
  #wallOffsetMs: number
  #advancing = false
  /** By due time; those due at one instant in the order in which they were set. */
  readonly #sleepers: Sleeper[] = []

  constructor(options: FakeClockOptions = {}) {
    const { wallMs = Date.UTC(2026, 0, 1), monotonicMs = 1_000 } = options
    this.#monotonicMs = monotonicMs
    this.#wallOffsetMs = wallMs - monotonicMs
  }

  now(): number {
    return this.#monotonicMs + this.#wallOffsetMs
  }

  monotonic(): number {
    return this.#monotonicMs
  }

  after(delayMs: number, callback: () => void, kind?: 'background'): Timer {
    if (!(delayMs >= 0)) throw new RangeError(`A delay must be 0 or more milliseconds, got ${delayMs}`)
    const sleeper: Sleeper = { dueAt: this.#monotonicMs + delayMs, callback, background: kind === 'background' }
    const behind = this.#sleepers.findLastIndex((other) => other.dueAt <= sleeper.dueAt)
    this.#sleepers.splice(behind + 1, 0, sleeper)
    return {
      cancel: () => {
        const index = this.#sleepers.indexOf(sleeper)
        if (index !== -1) this.#sleepers.splice(index, 1)
      },
    }
  }

  /**
   * Lets `ms` milliseconds pass. Timers fire in due order, each at its own instant, also those set meanwhile; before
   * the first, between two and after the last, promise chains run until they wait for something. `advance(0)` only lets
   * them run. Rejects with what a timer throws.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`Time only moves forward, by 0 or more milliseconds, got ${ms}`)
    if (this.#advancing) throw new Error('advance() is still under way: await it before the next one')
    this.#advancing = true
    try {
      const target = this.#monotonicMs + ms
      await settle()
      for (let next = this.#sleepers[0]; next !== undefined && next.dueAt <= target; next = this.#sleepers[0]) {
        this.#sleepers.shift()
        this.#monotonicMs = next.dueAt
        next.callback()
        await settle()
      }
      this.#monotonicMs = target
    } finally {
      this.#advancing = false
    }
  }

  /**
   * Sets the wall clock forward, or back for a negative `ms`, as an operator or a time server does. Monotonic time and
   * timers stay.
   */
  jumpWall(ms: number): void {
    this.#wallOffsetMs += ms
  }

  /** Timers that have not fired, background ones left out. */
  get pending(): number {
    return this.#sleepers.filter((sleeper) => !sleeper.background).length
  }

  /** Throws if somebody still waits for the clock. Background timers do not count. */
  assertIdle(): void {
    const left = this.#sleepers.filter((sleeper) => !sleeper.background)
    if (left.length === 0) return
    const delays = left.slice(0, 5).map((sleeper) => `${sleeper.dueAt - this.#monotonicMs} ms`)
    throw new Error(
      `${left.length} left waiting for the clock, due in ${delays.join(', ')}${left.length > 5 ? ', …' : ''}`,
    )
  }
}

/** Promise chains of any length end before the event loop's next turn. */
function settle(): Promise<void> {
  return new Promise((resolve) => nextTurn(resolve))
}
