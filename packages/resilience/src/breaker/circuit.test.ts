import { FakeClock } from '@larder/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Circuit } from './circuit.ts'
import type { CircuitSettings, CircuitState, Ticket, Verdict } from './circuit.ts'

const SETTINGS: CircuitSettings = { failureRate: 0.5, volume: 4, inARow: 7, windowMs: 1_000, openMs: 500, probeMs: 300 }
const BUCKET_MS = SETTINGS.windowMs / 10

/** What a circuit is meant to be, in as few words as possible; it remembers every call. */
class Model {
  state: CircuitState = 'closed'
  period = 0
  began: number
  until = 0
  outcomes: { readonly at: number; readonly failed: boolean }[] = []

  constructor(now: number) {
    this.began = now
  }

  /** The probe of the period runs out of time by itself. */
  pass(now: number): void {
    if (this.state === 'half-open' && now >= this.until) this.open(this.until)
  }

  /** The period of the ticket, or `undefined` if none is given. */
  admit(now: number): number | undefined {
    if (this.state === 'closed') return this.period
    if (this.state === 'half-open' || now < this.until) return undefined
    this.state = 'half-open'
    this.period++
    this.began = now
    this.outcomes = []
    this.until = now + SETTINGS.probeMs
    return this.period
  }

  settle(period: number, verdict: Verdict, now: number): void {
    if (period !== this.period || this.state === 'open') return
    if (this.state === 'half-open') {
      if (verdict === 'failure') return this.open(now)
      this.state = verdict === 'success' ? 'closed' : 'open'
      this.until = now
      // A circuit that has closed again begins with the probe that closed it.
      this.outcomes = [{ at: now, failed: false }]
      return
    }
    if (verdict === 'ignored') return
    this.outcomes.push({ at: now, failed: verdict === 'failure' })
    const bucket = (at: number): number => Math.floor((at - this.began) / BUCKET_MS)
    const counted = this.outcomes.filter(({ at }) => bucket(now) - bucket(at) < 10)
    const failures = counted.filter(({ failed }) => failed).length
    const tooMany = counted.length >= SETTINGS.volume && failures / counted.length > SETTINGS.failureRate
    const last = this.outcomes.slice(-SETTINGS.inARow)
    const dead = last.length === SETTINGS.inARow && last.every(({ failed }) => failed)
    if (verdict === 'failure' && (tooMany || dead)) this.open(now)
  }

  open(now: number): void {
    this.state = 'open'
    this.until = now + SETTINGS.openMs
  }
}

type Step =
  | { readonly kind: 'call' }
  | { readonly kind: 'settle'; readonly which: number; readonly verdict: Verdict }
  | { readonly kind: 'pass'; readonly ms: number }

const verdict = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Verdict>('failure') },
  { weight: 3, arbitrary: fc.constant<Verdict>('success') },
  { weight: 1, arbitrary: fc.constant<Verdict>('ignored') },
)
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('call' as const) }) },
  // Which of the tickets given out so far, the last ones first: some are settled late, some twice, some never.
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('settle' as const), which: fc.nat(6), verdict }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(0, 1, 40, 100, 299, 300, 500, 1_100),
    }),
  },
) satisfies fc.Arbitrary<Step>

test('does what the model does, whatever is settled late, twice or never', async () => {
  const reached = { closed: 0, open: 0, 'half-open': 0 }
  let reclosed = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 120, size: 'max' }), async (steps) => {
      const clock = new FakeClock()
      const changes: string[] = []
      const circuit = new Circuit(SETTINGS, clock, (from, to) => changes.push(`${from} -> ${to}`))
      const model = new Model(clock.monotonic())
      const tickets: { readonly ticket: Ticket; readonly period: number; settled: boolean }[] = []
      let expired = 0
      for (const one of steps) {
        const now = clock.monotonic()
        if (one.kind === 'pass') {
          await clock.advance(one.ms)
          model.pass(clock.monotonic())
        } else if (one.kind === 'call') {
          const ticket = circuit.admit(() => expired++)
          const period = model.admit(now)
          expect(ticket !== undefined).toBe(period !== undefined)
          if (ticket !== undefined && period !== undefined) {
            expect(ticket.probe).toBe(model.state === 'half-open')
            tickets.push({ ticket, period, settled: false })
          }
        } else {
          const given = tickets.at(-1 - one.which)
          if (given === undefined) continue
          given.ticket.settle(one.verdict)
          if (!given.settled) model.settle(given.period, one.verdict, now)
          given.settled = true
        }
        expect(circuit.state).toBe(model.state)
        reached[circuit.state]++
      }
      reclosed += changes.includes('half-open -> closed') ? 1 : 0
      // Every probe that hangs is given up: in the end nothing waits for the clock.
      await clock.advance(SETTINGS.probeMs)
      clock.assertIdle()
      expect(circuit.state).not.toBe('half-open')
    }),
    { numRuns: 1_000, seed: 8 },
  )
  // What the model never reached would not have been tested.
  expect(Math.min(...Object.values(reached))).toBeGreaterThan(1_000)
  expect(reclosed).toBeGreaterThan(100)
})
