import type { Clock } from '@larder/core'
import type { Timer } from '@larder/core/contracts'
import { OpossumCircuit } from './opossum-circuit.ts'
import type { Threshold } from './opossum-circuit.ts'

/** `closed`: calls are let through. `open`: none is. `half-open`: one is, and what becomes of it decides. */
export type CircuitState = 'closed' | 'open' | 'half-open'

/** What became of a call. `ignored`: nothing that says how the other side is doing. */
export type Verdict = 'success' | 'failure' | 'ignored'

/** How a {@link Circuit} behaves. */
export interface CircuitSettings extends Threshold {
  /** How long it stays open before it lets a probe through, in milliseconds. */
  readonly openMs: number
  /** How long a probe may take before it counts as failed, in milliseconds. */
  readonly probeMs: number
}

/** A call that was let through. It is settled once; later, and after its period has ended, it has no say any more. */
export interface Ticket {
  /** Whether the fate of the circuit depends on it. */
  readonly probe: boolean
  settle(verdict: Verdict): void
}

type Phase =
  | { readonly kind: 'closed'; readonly counts: OpossumCircuit }
  | { readonly kind: 'open'; readonly until: number }
  | { readonly kind: 'half-open'; readonly counts: OpossumCircuit; readonly deadline: Timer }

/**
 * The state machine of a circuit breaker. Each period has an opossum of its own, so a call that was let through in one period cannot speak in
 * another: a late success does not close the circuit, and a late failure does not open it again.
 */
export class Circuit {
  readonly #settings: CircuitSettings
  readonly #clock: Clock
  readonly #onChange: (from: CircuitState, to: CircuitState) => void
  #phase: Phase
  #why = ''

  constructor(settings: CircuitSettings, clock: Clock, onChange: (from: CircuitState, to: CircuitState) => void) {
    this.#settings = settings
    this.#clock = clock
    this.#onChange = onChange
    this.#phase = { kind: 'closed', counts: new OpossumCircuit('closed', settings, clock) }
  }

  get state(): CircuitState {
    return this.#phase.kind
  }

  /** Why it is not closed, in words. */
  get why(): string {
    return this.#why
  }

  /**
   * Lets a call through, or answers `undefined`. `expired` is called for a probe that is not settled in time. `due`: the caller knows that an
   * open circuit has been open for long enough, whatever the clock says: a timer may be a little early.
   */
  admit(expired: () => void, due: 'due' | undefined = undefined): Ticket | undefined {
    const phase = this.#phase
    switch (phase.kind) {
      case 'closed':
        return this.#ticket(phase)
      case 'half-open':
        return undefined
      case 'open':
        return due === undefined && this.#clock.monotonic() < phase.until ? undefined : this.#probe(expired)
      default:
        return phase satisfies never
    }
  }

  #probe(expired: () => void): Ticket {
    const deadline = this.#clock.after(this.#settings.probeMs, () => {
      ticket.settle('failure')
      expired()
    })
    const counts = new OpossumCircuit('half-open', this.#settings, this.#clock)
    const phase: Phase = { kind: 'half-open', counts, deadline }
    const ticket = this.#ticket(phase)
    this.#enter(phase)
    return ticket
  }

  #ticket(phase: Exclude<Phase, { kind: 'open' }>): Ticket {
    let settled = false
    return {
      probe: phase.kind === 'half-open',
      settle: (verdict) => {
        if (settled) return
        settled = true
        if (phase === this.#phase) this.#settle(phase, verdict)
      },
    }
  }

  #settle(phase: Exclude<Phase, { kind: 'open' }>, verdict: Verdict): void {
    if (phase.kind === 'half-open') phase.deadline.cancel()
    if (verdict === 'ignored') {
      // A probe that says nothing leaves the question to the next call.
      if (phase.kind === 'half-open') this.#enter({ kind: 'open', until: this.#clock.monotonic() })
      return
    }
    const next = phase.counts.report(verdict)
    if (next === 'open') this.#open(phase)
    else if (phase.kind === 'half-open') this.#enter({ kind: 'closed', counts: phase.counts })
  }

  #open(phase: Exclude<Phase, { kind: 'open' }>): void {
    if (phase.kind === 'closed') this.#why = phase.counts.why()
    this.#enter({ kind: 'open', until: this.#clock.monotonic() + this.#settings.openMs })
  }

  #enter(phase: Phase): void {
    const from = this.#phase.kind
    this.#phase = phase
    if (from !== phase.kind) this.#onChange(from, phase.kind)
  }
}
