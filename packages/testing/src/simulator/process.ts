import type { Kernel } from './kernel.ts'
import { NodeClock } from './node-clock.ts'

/** The halves of the shared backend, which may be on different servers. */
export type Slot = 'value' | 'control'

/** Milliseconds for which a node trusts its own memory without proof. */
export const HEARTBEAT_MS = 2_000

/** Milliseconds that a node waits for one command. */
export const STORE_TIMEOUT_MS = 700

/** Furthest that the two clocks of a live node may drift apart, in milliseconds. */
export const DRIFT_MS = 500

/** One run of one node, as the machine sees it: its clocks, and what it can reach. */
export class Process {
  readonly index: number
  readonly label: string
  readonly clock: NodeClock
  crashed = false
  /** Schedule time until which it does not run. */
  pausedUntil = 0
  /** Milliseconds for which it was paused so far. */
  pausedMs = 0
  /** What it cannot reach, until the schedule time given. */
  readonly cutUntil: Record<Slot, number> = { value: 0, control: 0 }
  /** Whether commands to what it cannot reach fail at once, or hang. */
  refuses = false
  /** Invalidations it told its subscribers of. */
  heard = 0
  readonly #kernel: Kernel
  #proof: { readonly sentMono: number; readonly offset: number } | undefined
  /** Step at which it heard of something that it had missed. */
  #doubtedAt = -1

  constructor(kernel: Kernel, index: number, generation: number) {
    this.#kernel = kernel
    this.index = index
    this.label = generation === 0 ? `n${index}` : `n${index}.${generation}`
    this.clock = new NodeClock(kernel, kernel.dice.between(-1_000, 1_000))
  }

  /** Whether it does anything now. */
  get running(): boolean {
    return !this.crashed && this.#kernel.now >= this.pausedUntil
  }

  /** Stops it for a while. `asleep`: the machine sleeps, and monotonic time with it. */
  pause(ms: number, asleep: boolean): void {
    this.pausedUntil = this.#kernel.now + ms
    this.pausedMs += ms
    if (asleep) this.clock.slept(ms)
  }

  reaches(slot: Slot): boolean {
    return this.#kernel.now >= this.cutUntil[slot]
  }

  /** A `sync` was answered in time. */
  proven(sent: { readonly step: number; readonly mono: number; readonly wall: number }): void {
    this.#proof = { sentMono: sent.mono, offset: sent.wall - sent.mono }
    // One that was sent before does not tell what was missed since.
    if (sent.step >= this.#doubtedAt) this.#doubtedAt = -1
  }

  /** It heard a record whose predecessor it had not heard. */
  doubt(): void {
    this.#doubtedAt = this.#kernel.step
  }

  /** Whether the node must know that its journal knowledge is not proven current. It may be blind for other reasons as well. */
  get blind(): boolean {
    if (this.#proof === undefined || this.#doubtedAt !== -1) return true
    if (this.#kernel.plan.delivery === 'inline') return false
    const { sentMono, offset } = this.#proof
    const mono = this.clock.monotonic()
    return mono - sentMono >= HEARTBEAT_MS || Math.abs(this.clock.now() - mono - offset) >= DRIFT_MS
  }
}
