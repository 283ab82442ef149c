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

/** What opossum takes for the promise of an action that succeeded at once, so that it counts it now and not a turn later. */
const SUCCEEDED = {
  then(succeed: (value: undefined) => void): { readonly catch: () => void } {
    succeed(undefined)
    return { catch: () => {} }
  },
} as unknown as Promise<undefined>

const FAILED = new Error('the call failed')

/**
 * One period of a circuit, closed or half-open, kept by opossum: it counts outcomes in a moving window and decides when there are too many
 * failures, or that a probe was good. It is told of calls once they have ended, never runs them, and gets its time from a `Clock`; so none of
 * its timers, its timeout or its semaphore is in use.
 */
export class OpossumCircuit {
  readonly #circuit: CircuitBreaker<[Outcome], undefined>
  readonly #rotation = new EventEmitter()
  readonly #clock: Clock
  readonly #bucketMs: number
  readonly #inARow: number
  #rotatedAt: number
  #failuresInARow = 0

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
    this.#circuit = new CircuitBreaker(endAs, options)
  }

  /** Counts a call; answers the state of the circuit after it. A circuit that is open stays so. */
  report(outcome: Outcome): 'closed' | 'open' {
    if (this.#circuit.isShutdown) return 'open'
    this.#rotate()
    this.#circuit.fire(outcome).catch(() => {})
    this.#failuresInARow = outcome === 'failure' ? this.#failuresInARow + 1 : 0
    if (this.#failuresInARow >= this.#inARow) this.#circuit.open()
    if (!this.#circuit.opened) return 'closed'
    this.#circuit.shutdown()
    return 'open'
  }

  /** Calls within the window, and failures among them. */
  counts(): { readonly calls: number; readonly failures: number } {
    this.#rotate()
    const { fires, failures } = this.#circuit.stats
    return { calls: fires, failures }
  }

  #rotate(): void {
    const passed = Math.floor((this.#clock.monotonic() - this.#rotatedAt) / this.#bucketMs)
    if (passed === 0) return
    this.#rotatedAt += passed * this.#bucketMs
    // It notes how long each call took, asked to or not. Of a bucket that fills no more nobody wants to know.
    const filled = (this.#circuit.status as unknown as { readonly window: readonly { latencyTimes: number[] }[] })
      .window[0]
    if (filled !== undefined) filled.latencyTimes = []
    for (let i = 0; i < Math.min(passed, BUCKETS); i++) this.#rotation.emit('rotate')
  }
}

function endAs(outcome: Outcome): Promise<undefined> {
  if (outcome === 'failure') throw FAILED
  return SUCCEEDED
}
