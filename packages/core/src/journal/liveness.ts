import type { Clock } from '../contracts/clock.ts'
import type { JournalManifest } from '../contracts/journal.ts'

/** Furthest that wall and monotonic time may drift apart since the last proof, in milliseconds: more means that the machine was suspended. */
const CLOCK_JUMP_MS = 500

/** Hits served from one reading of the clock where nothing but expiry depends on it, within one turn of the event loop. */
const HITS_PER_READING = 32

/**
 * Whether this node's knowledge of the journal is proven current. Evaluated at every use: a process that was paused must not believe what
 * was true before.
 */
export interface Liveness {
  /** The monotonic time in milliseconds, or `Infinity` while blind: nothing is fresh then. */
  now(): number
  /** Whether the node is live. */
  live(): boolean
  /** A `sync` answered that it is current as of the instant it was sent. */
  prove(sentAt: { readonly wall: number; readonly mono: number }): void
  /** Something was missed, or may have been. */
  doubt(): void
}

/** The liveness of a node over a journal. */
export function livenessOver(
  { delivery }: JournalManifest,
  { clock, heartbeatMs }: { readonly clock: Clock; readonly heartbeatMs: number },
): Liveness {
  switch (delivery) {
    case 'inline':
      return new InlineLiveness(clock)
    case 'remote':
      return new ProvenLiveness(clock, heartbeatMs)
    case 'none':
      return new UnheardLiveness(clock)
  }
}

/** Liveness over a remote journal: proven for `heartbeatMs` after the sending of each answered `sync`. */
export class ProvenLiveness implements Liveness {
  readonly #clock: Clock
  readonly #heartbeatMs: number
  #provenAt = -Infinity
  /** Wall minus monotonic time at the proof. */
  #offset = 0
  /** The last reading and its result, valid while the wall clock shows the same millisecond. */
  #lastWall = Number.NaN
  #lastNow = Infinity

  constructor(clock: Clock, heartbeatMs: number) {
    this.#clock = clock
    this.#heartbeatMs = heartbeatMs
  }

  now(): number {
    const wall = this.#clock.now()
    if (wall === this.#lastWall) return this.#lastNow
    const mono = this.#clock.monotonic()
    const live = mono - this.#provenAt < this.#heartbeatMs && Math.abs(wall - mono - this.#offset) < CLOCK_JUMP_MS
    this.#lastWall = wall
    this.#lastNow = live ? mono : Infinity
    return this.#lastNow
  }

  live(): boolean {
    return this.now() !== Infinity
  }

  prove(sentAt: { readonly wall: number; readonly mono: number }): void {
    this.#provenAt = sentAt.mono
    this.#offset = sentAt.wall - sentAt.mono
    this.#lastWall = Number.NaN
  }

  doubt(): void {
    this.#provenAt = -Infinity
    this.#lastWall = Number.NaN
  }
}

/**
 * Liveness over a journal that tells nothing: what the shared store has is never taken for current unasked. This process' own memory is
 * used all the same, where its options say for how long (`l1.ttl`).
 */
class UnheardLiveness implements Liveness {
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.monotonic()
  }

  live(): boolean {
    return false
  }

  prove(): void {}

  doubt(): void {}
}

/** Liveness over an inline journal: once it was synced, nothing can be missed, however long the process is paused. */
export class InlineLiveness implements Liveness {
  readonly #clock: Clock
  #current = false
  #reading = -Infinity
  #carried = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    if (!this.#current) return Infinity
    if (this.#carried > 0) {
      this.#carried--
      return this.#reading
    }
    const now = this.#clock.monotonic()
    // Only expiry depends on this reading, so a busy turn may share it. It never outlives the turn.
    if (now - this.#reading < 1 && this.#clock.endOfTurn !== undefined) {
      this.#carried = HITS_PER_READING
      this.#clock.endOfTurn(() => {
        this.#carried = 0
      })
    }
    this.#reading = now
    return now
  }

  live(): boolean {
    return this.#current
  }

  prove(): void {
    this.#current = true
  }

  doubt(): void {
    this.#current = false
  }
}
