import type { Dice } from './dice.ts'
import type { FaultName, Plan } from './plan.ts'
import { quietFaults } from './plan.ts'
import { makeSubject } from './subject.ts'
import type { CacheKind } from './subject.ts'

/** A step of a writer: a change of the source, or a call that forbids what was before it. */
export type WriterStep = 'commit' | 'delete' | 'expire' | 'set' | 'tags'

/** A small case with one key: who reads and writes it, on which node, and what goes wrong. Everything else is drawn from the seed. */
export interface Scenario {
  readonly cache: CacheKind
  readonly readers: readonly { readonly node: number; readonly fresh?: boolean }[]
  /** Each takes its steps in order; a call ends before the next step. */
  readonly writers: readonly { readonly node: number; readonly steps: readonly WriterStep[] }[]
  /** Whether the store has the value at the start. */
  readonly stored: boolean
  /** Nodes that have the value in their memory at the start. */
  readonly warm: readonly number[]
  readonly faults: readonly FaultName[]
  /** Records that the journal keeps, where it is trimmed. */
  readonly journalLength?: number
}

/** The node that fills the store where the others are to be cold: it takes no other part. */
export const BYSTANDER = 2

/** The plan of one run of a scenario: paces and weights are drawn. */
export function planOf(scenario: Scenario, dice: Dice): Plan {
  const pace = (): number => dice.pick([0.07, 0.2, 1, 1, 1, 4])
  const faults = { ...quietFaults() }
  for (const name of scenario.faults) faults[name] = dice.pick([0.5, 1, 2, 4])
  return {
    nodes: BYSTANDER + 1,
    delivery: 'remote',
    subjects: [makeSubject(scenario.cache, 'a')],
    operations: 0,
    writes: 0,
    crowd: 16,
    warm: false,
    pace: {
      execute: pace(),
      answer: pace(),
      push: pace(),
      timer: 3 * pace(),
      loader: pace(),
      start: pace(),
      tick: 0.3 * pace(),
      link: pace(),
    },
    queues: false,
    disorder: dice.chance(0.3),
    slow: dice.pick([0, 0.15, 0.3]),
    faults,
    trouble: dice.pick([0.25, 0.5, 1]),
    idsRestart: dice.chance(0.5),
    journalLength: scenario.journalLength ?? 200,
  }
}
