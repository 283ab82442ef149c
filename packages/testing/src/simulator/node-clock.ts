import type { Clock, Timer } from '@larder/core/contracts'
import type { Kernel, Owner } from './kernel.ts'

/** A timer of a simulated process. */
export interface SimulatedTimer {
  /** By the process' monotonic clock. */
  readonly dueAt: number
  readonly callback: () => void
  readonly owner: Owner
}

/** Wall time of all machines when a schedule begins. */
const EPOCH = Date.UTC(2026, 0, 1)

/** The clocks of one process. Its timers fire when the scheduler says so: never early, and late as it pleases. */
export class NodeClock implements Clock {
  readonly timers: SimulatedTimer[] = []
  readonly #kernel: Kernel
  #wallOffset: number
  #suspended = 0

  constructor(kernel: Kernel, wallOffset: number) {
    this.#kernel = kernel
    this.#wallOffset = wallOffset
  }

  now(): number {
    return EPOCH + this.#kernel.now + this.#wallOffset
  }

  monotonic(): number {
    return 1_000 + this.#kernel.now - this.#suspended
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer: SimulatedTimer = { dueAt: this.monotonic() + delayMs, callback, owner: this.#kernel.owner }
    this.timers.push(timer)
    return { cancel: () => this.take(timer) }
  }

  /** Removes a timer. */
  take(timer: SimulatedTimer): void {
    const index = this.timers.indexOf(timer)
    if (index !== -1) this.timers.splice(index, 1)
  }

  /** Milliseconds until the next timer is due; `Infinity` if there is none. */
  untilNext(): number {
    return this.timers.reduce((least, { dueAt }) => Math.min(least, dueAt - this.monotonic()), Infinity)
  }

  /** Sets the wall clock forward or back. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms
  }

  /** The machine slept for so long: monotonic time did not go on. */
  slept(ms: number): void {
    this.#suspended += ms
  }
}
