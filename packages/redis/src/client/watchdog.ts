import type { Clock, Timer } from '@larder/core/contracts'

/** What a {@link Watchdog} is made of. */
export interface WatchdogParts {
  readonly limitMs: number
  readonly clock: Clock
  /** Called when nothing was answered for `limitMs` although something was asked. */
  readonly silent: () => void
}

/**
 * Notices a connection that is open but dead. A socket's own idle timeout does not: every command that is written to a dead
 * connection starts it anew.
 */
export class Watchdog {
  readonly #parts: WatchdogParts
  #due = 0
  #timer: Timer | undefined
  #heard = false

  constructor(parts: WatchdogParts) {
    this.#parts = parts
  }

  /** Something was asked. */
  asked(): void {
    this.#due++
    if (this.#timer === undefined) this.#arm()
  }

  /** Something was answered, or the connection told that it will not be. */
  answered(): void {
    this.#due--
    this.#heard = true
    if (this.#due === 0) this.stop()
  }

  /** Something was given up, without a sign of the connection. */
  unanswered(): void {
    this.#due--
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #arm(): void {
    this.#heard = false
    this.#timer = this.#parts.clock.after(this.#parts.limitMs, () => this.#check(), 'background')
  }

  #check(): void {
    this.#timer = undefined
    if (!this.#heard) this.#parts.silent()
    else if (this.#due > 0) this.#arm()
  }
}
