import { durationMs, systemClock } from '@larder/core'
import type { Clock, Duration, HealthReporter } from '@larder/core'
import type { Timer } from '@larder/core/contracts'
import { CircuitOpenError } from '../errors/circuit-open-error.ts'
import { OperationTimeoutError } from '../errors/operation-timeout-error.ts'
import { isFailure, isTimeout } from '../is-failure.ts'
import { AbortSource } from '../policy/abort-source.ts'
import { checkFunction, checkNumber, checkOptions, checkTime } from '../policy/check-options.ts'
import { Execution } from '../policy/execution.ts'
import { Policy } from '../policy/policy.ts'
import type { Work } from '../policy/policy.ts'
import { Circuit } from './circuit.ts'
import type { CircuitSettings, CircuitState, Ticket } from './circuit.ts'

/** Options of {@link circuitBreaker}. */
export interface CircuitBreakerOptions {
  /** Names what is behind it, in errors and in `health()`. Default `'source'`. */
  readonly name?: string
  /** Share of failures above which it opens, 0 to 1. Default 0.5. */
  readonly failureRate?: number
  /** Calls within the window below which that share says nothing yet, 1 or more. Default 10. */
  readonly volumeThreshold?: number
  /** Failures without a success in between at which it opens whatever the share, 1 or more: it is dead. Default 20. */
  readonly failuresInARow?: number
  /** How long a call counts. Default `'10s'`. */
  readonly window?: Duration
  /** How long it stays open before one call is let through to try. Default `'5s'`. */
  readonly openFor?: Duration
  /** How long that one call may take before it counts as failed, whether it has settled or not. Default `'2s'`. */
  readonly probeTimeout?: Duration
  /**
   * Finds out whether the other side is back: resolves if it is. With it no caller is let through to try; it is called in the background each
   * time `openFor` is over.
   */
  readonly probe?: () => Promise<unknown>
  /** Which errors count. Default: all but those that say nothing about the other side, such as a full bulkhead. */
  readonly isFailure?: (error: unknown) => boolean
  /** Called after each change of state. What it throws is emitted as a warning of the process. */
  readonly onStateChange?: (change: CircuitChange) => void
  /** Default: the machine's. */
  readonly clock?: Clock
}

/** A circuit has changed its state. */
export interface CircuitChange {
  readonly name: string
  readonly from: CircuitState
  readonly to: CircuitState
}

/**
 * Stops calling what mostly fails: once the share of failures in the window is too large, calls are rejected at once with
 * `CircuitOpenError`; after `openFor`, one is let through, and its outcome closes or opens the circuit.
 * @throws TypeError naming the option, for one that is out of its range.
 */
export function circuitBreaker(options: CircuitBreakerOptions = {}): CircuitBreaker {
  return new CircuitBreaker(options)
}

/** The policy that {@link circuitBreaker} makes. */
export class CircuitBreaker extends Policy implements HealthReporter {
  readonly name: string
  readonly #circuit: Circuit
  readonly #isFailure: (error: unknown) => boolean
  readonly #probe: (() => Promise<unknown>) | undefined
  readonly #clock: Clock
  readonly #openMs: number
  #nextProbe: Timer | undefined
  #stopped = false

  /** Made by {@link circuitBreaker}. */
  constructor(options: CircuitBreakerOptions) {
    super()
    checkTime(options)
    checkFunction(options.isFailure, 'isFailure')
    checkFunction(options.onStateChange, 'onStateChange')
    checkFunction(options.probe, 'probe')
    const settings = resolveSettings(options)
    this.name = options.name ?? 'source'
    this.#isFailure = options.isFailure ?? isFailure
    this.#probe = options.probe
    this.#clock = options.clock ?? systemClock
    this.#openMs = settings.openMs
    this.#circuit = new Circuit(settings, this.#clock, (from, to) => {
      if (to === 'open') this.#probeLater()
      announce({ name: this.name, from, to }, options.onStateChange)
    })
  }

  /** `closed`: calls are let through. `open`: none is, until one may try. `half-open`: one is trying. */
  get state(): CircuitState {
    return this.#circuit.state
  }

  healthReasons(): readonly string[] {
    const { state, why } = this.#circuit
    return state === 'closed' ? [] : [`the circuit of the ${this.name} is ${state}: ${why}`]
  }

  /** Ends the calls of `probe`; a circuit that is open then stays so. */
  stop(): void {
    this.#nextProbe?.cancel()
    this.#stopped = true
  }

  override run<R>(work: Work<R>, execution: Execution): Promise<R> {
    if (this.#probe !== undefined && this.#circuit.state !== 'closed') return Promise.reject(this.#refusal())
    return this.#call(work, execution)
  }

  #probeLater(): void {
    const probe = this.#probe
    if (probe === undefined || this.#stopped) return
    const attempt = (): void => void this.#call(async () => probe(), Execution.begin(), 'due').catch(() => {})
    this.#nextProbe = this.#clock.after(this.#openMs, attempt, 'background')
  }

  #refusal(): CircuitOpenError {
    return new CircuitOpenError(`the ${this.name} was not called, because most calls before this one failed`)
  }

  #call<R>(work: Work<R>, execution: Execution, due?: 'due'): Promise<R> {
    let expire: (() => void) | undefined
    const ticket = this.#circuit.admit(() => expire?.(), due)
    if (ticket === undefined) return Promise.reject(this.#refusal())
    if (!ticket.probe) return this.#judge(work(execution), execution, ticket)
    return new Promise((resolve, reject) => {
      const source = new AbortSource()
      const giveUp = (reason: unknown): void => {
        reject(reason)
        source.abort(reason)
      }
      expire = () => giveUp(new OperationTimeoutError(`the ${this.name} did not answer a probe in time`))
      const leave = execution.onAbort((reason) => {
        ticket.settle(isTimeout(reason) ? 'failure' : 'ignored')
        giveUp(reason)
      })
      const inner = execution.with({ source })
      this.#judge(work(inner), inner, ticket).finally(leave).then(resolve, reject)
    })
  }

  /** Settles the ticket as the work settles. */
  #judge<R>(working: Promise<R>, execution: Execution, ticket: Ticket): Promise<R> {
    // Work that ignores its signal must not keep a circuit closed that nobody gets an answer through.
    const leave = execution.onAbort((reason) => ticket.settle(isTimeout(reason) ? 'failure' : 'ignored'))
    return working.then(
      (value) => {
        leave()
        ticket.settle('success')
        return value
      },
      (error: unknown) => {
        leave()
        const gone = execution.abort !== undefined && !isTimeout(execution.abort.reason)
        ticket.settle(gone || !this.#counts(error) ? 'ignored' : 'failure')
        throw error
      },
    )
  }

  /** An `isFailure` that throws has not said that it was none. */
  #counts(error: unknown): boolean {
    try {
      return this.#isFailure(error)
    } catch {
      return true
    }
  }
}

function resolveSettings(options: CircuitBreakerOptions): CircuitSettings {
  checkOptions(options, 'options')
  if (options.name !== undefined && typeof options.name !== 'string') throw new TypeError('name must be a string')
  return {
    failureRate: checkNumber(options.failureRate ?? 0.5, 'failureRate', { least: 0, most: 1, fraction: true }),
    volume: checkNumber(options.volumeThreshold ?? 10, 'volumeThreshold', { least: 1 }),
    inARow: checkNumber(options.failuresInARow ?? 20, 'failuresInARow', { least: 1 }),
    windowMs: endingMs(options.window ?? '10s', 'window'),
    openMs: endingMs(options.openFor ?? '5s', 'openFor'),
    probeMs: endingMs(options.probeTimeout ?? '2s', 'probeTimeout'),
  }
}

function endingMs(value: Duration, option: string): number {
  const ms = durationMs(value, option)
  if (ms === Infinity) throw new TypeError(`${option} must end, got 'forever'`)
  return ms
}

function announce(change: CircuitChange, listener: CircuitBreakerOptions['onStateChange']): void {
  try {
    listener?.(change)
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error))
  }
}
