import { Dice } from './dice.ts'
import { nextTurn } from './next-turn.ts'
import type { Plan } from './plan.ts'
import { drawPlan } from './plan.ts'
import type { Subject } from './subject.ts'
import { Trace } from './trace.ts'

/** A place in a schedule. */
export interface Moment {
  readonly step: number
  readonly time: number
}

/** On whose account something happens: an operation, or a node's tail. What it causes later, through any number of awaits, is on it as well. */
export interface Owner {
  readonly label: string
  readonly subjects: readonly Subject[]
  /** Whether later reads may join what it began. */
  readonly reads: boolean
  /**
   * Source versions as they stood when the store last took the owner's order for a key: what it then writes counts as of that instant.
   */
  readonly ordered: Map<Subject, number>
}

/** Something that may happen next. */
export interface Choice {
  /** How likely it is, relative to the others. */
  readonly weight: number
  run(): void | Promise<void>
}

/** What everything in a schedule is driven by: its dice, its time, its steps and its trace. */
export class Kernel {
  readonly dice: Dice
  readonly plan: Plan
  readonly trace: Trace
  /** Milliseconds since the schedule began. */
  now = 0
  /** Events so far. */
  step = 0
  /** Whether faults may happen. */
  trouble = false
  /** The first promise that was broken. */
  violation: string | undefined
  #owner: Owner | undefined
  readonly #afterStep: (() => void)[] = []

  constructor(seed: number, traced: boolean, draw: (dice: Dice) => Plan = drawPlan) {
    this.dice = new Dice(seed)
    this.plan = draw(this.dice)
    this.trace = new Trace(traced)
  }

  /** Whoever is to blame for what happens now. */
  get owner(): Owner {
    return this.#owner ?? NOBODY
  }

  moment(): Moment {
    return { step: this.step, time: this.now }
  }

  note(line: () => string): void {
    this.trace.note(this, line)
  }

  /** A promise was broken. */
  fail(what: string): void {
    if (this.violation !== undefined) return
    this.violation = what
    this.note(() => `VIOLATION ${what}`)
  }

  /** Calls `callback` at the end of every event. */
  afterStep(callback: () => void): void {
    this.#afterStep.push(callback)
  }

  /** One event: `work`, and all that follows from it until everybody waits again. */
  async happen(work: () => void | Promise<void>): Promise<void> {
    this.step++
    await work()
    await nextTurn()
    this.#owner = undefined
    for (const callback of this.#afterStep) callback()
  }

  /** How soon something goes on, against the ordinary: most at once, some much later than what happens around it. */
  drawHaste(): number {
    return this.dice.chance(this.plan.slow) ? SLOW : 1
  }

  /** What follows in this event is on the account of `owner`. */
  account(owner: Owner): void {
    this.#owner = owner
  }
}

/** Haste of what takes its time. */
const SLOW = 0.03

const NOBODY: Owner = { label: 'nobody', subjects: [], reads: false, ordered: new Map() }
