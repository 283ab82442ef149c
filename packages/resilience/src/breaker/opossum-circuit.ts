import { EventEmitter } from 'node:events'
import type { Clock } from '@larder/core'
import CircuitBreaker from 'opossum'

/** How a call ended. */
export type Outcome = 'success' | 'failure'

/** When a circuit opens. */
export interface Threshold {
  /** Share of failures above which it opens, 0 to 1. */
  readonly failureRate: number
  /** Calls within the window below which it does not open for that. */
  readonly volume: number
  /** Failures without a success in between at which it opens, whatever came before. */
  readonly inARow: number
  /** Length of the window, in milliseconds. */
  readonly windowMs: number
}

/** Calls counted together; the window moves by this share of its length. */
const BUCKETS = 10

/** Longest delay that Node's timers hold, in milliseconds. The timer is not waited for: a circuit that has opened is done with. */
const NEVER_MS = 2 ** 31 - 1

const FAILED = new Error('the call failed')

/**
 * One period of a circuit, closed or half-open, kept by opossum: it counts outcomes in a moving window and decides when there are too many
 * failures, or that a probe was good. It is told of calls once they have ended, never runs them, and gets its time from a `Clock`; so none of
 * its timers, its timeout or its semaphore is in use.
 */
export class OpossumCircuit {
  readonly #circuit: CircuitBreaker<[], never>
  readonly #rotation = new EventEmitter()
  readonly #clock: Clock
  readonly #bucketMs: number
  readonly #inARow: number
  #rotatedAt: number
  #failuresInARow = 0
  /** Successes that opossum has not been told of. */
  #successes = 0

  constructor(kind: 'closed' | 'half-open', threshold: Threshold, clock: Clock) {
    this.#clock = clock
    this.#inARow = threshold.inARow
    this.#bucketMs = threshold.windowMs / BUCKETS
    this.#rotatedAt = clock.monotonic()
    const options = {
      name: 'larder',
      timeout: false,
      errorThresholdPercentage: threshold.failureRate * 100,
      volumeThreshold: threshold.volume,
      resetTimeout: NEVER_MS,
      rollingCountBuckets: BUCKETS,
      rollingCountTimeout: threshold.windowMs,
      rotateBucketController: this.#rotation,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      state: { enabled: true, closed: kind === 'closed', halfOpen: kind === 'half-open' },
    } as const
    this.#circuit = new CircuitBreaker(fail, options)
  }

  /** Counts a call; answers the state of the circuit after it. */
  report(outcome: Outcome): 'closed' | 'open' {
    this.#rotate()
    if (outcome === 'success') this.#succeed()
    else this.#fail()
    if (!this.#circuit.opened) return 'closed'
    // It would keep a timer for its next state.
    this.#circuit.shutdown()
    return 'open'
  }

  /** Why it has opened, in words. */
  why(): string {
    if (this.#failuresInARow >= this.#inARow) return `the last ${this.#failuresInARow} calls failed`
    const { fires, failures } = this.#circuit.stats
    return `${failures} of ${fires} calls failed`
  }

  /** A success changes nothing but a count, unless it was that of a probe. */
  #succeed(): void {
    this.#failuresInARow = 0
    this.#successes++
    if (this.#circuit.halfOpen) this.#circuit.close()
  }

  #fail(): void {
    this.#tellOfSuccesses()
    this.#failuresInARow++
    this.#circuit.fire().catch(() => {})
    if (this.#failuresInARow >= this.#inARow) this.#circuit.open()
  }

  /**
   * Adds the successes since the last time to what opossum has counted, all at once: told of each by itself, it would take most of the time
   * that a hit may cost, and note how long each took.
   */
  #tellOfSuccesses(): void {
    const { window } = this.#circuit.status as unknown as { readonly window: readonly Bucket[] }
    const bucket = window[0] as Bucket
    bucket.fires += this.#successes
    bucket.successes += this.#successes
    this.#successes = 0
  }

  #rotate(): void {
    const passed = Math.floor((this.#clock.monotonic() - this.#rotatedAt) / this.#bucketMs)
    if (passed === 0) return
    this.#tellOfSuccesses()
    this.#rotatedAt += passed * this.#bucketMs
    for (let i = 0; i < Math.min(passed, BUCKETS); i++) this.#rotation.emit('rotate')
  }
}

/** What opossum has counted in one part of its window. */
interface Bucket {
  fires: number
  successes: number
}

/** The action of every circuit: it is fired for the calls that have failed. */
function fail(): never {
  throw FAILED
}
