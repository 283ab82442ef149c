import type { Dice } from './dice.ts'
import type { CacheKind, Subject } from './subject.ts'
import { makeSubject } from './subject.ts'

/** What may go wrong. The weight of one says how often it does, relative to the others. */
export type FaultName =
  | 'request'
  | 'reply'
  | 'zombie'
  | 'push'
  | 'link'
  | 'cut'
  | 'pause'
  | 'suspend'
  | 'wall'
  | 'crash'
  | 'mark'
  | 'value'
  | 'lease'
  | 'journal'
  | 'flush'
  | 'failover'
  | 'loader'

/** Kinds of events, each with a pace of its own in every schedule. */
export type Pace = 'execute' | 'answer' | 'push' | 'timer' | 'loader' | 'start' | 'tick' | 'link'

/** What one schedule is about: drawn from its seed. */
export interface Plan {
  readonly nodes: number
  readonly delivery: 'remote' | 'inline'
  readonly subjects: readonly Subject[]
  /** Operations that are started. */
  readonly operations: number
  /** Of them, the share that changes something. */
  readonly writes: number
  /** Most operations under way at a time. */
  readonly crowd: number
  /** Whether all nodes have read everything before the trouble begins. */
  readonly warm: boolean
  readonly pace: Readonly<Record<Pace, number>>
  /** Whether invalidations that cannot be carried out wait (`onUnavailable: 'queue'`). */
  readonly queues: boolean
  /** Whether pushes overtake each other. */
  readonly disorder: boolean
  /** Share of commands and loads that take their time. */
  readonly slow: number
  readonly faults: Readonly<Record<FaultName, number>>
  /** Weight of all faults together, against the ordinary events. */
  readonly trouble: number
  /** Whether a journal that is begun anew uses ids that were used before. */
  readonly idsRestart: boolean
  /** Records that the journal keeps. */
  readonly journalLength: number
}

/** Those named twice are drawn twice as often. */
const FAULTS: readonly FaultName[] = [
  'push',
  'push',
  'link',
  'zombie',
  'request',
  'reply',
  'zombie',
  'push',
  'link',
  'cut',
  'pause',
  'suspend',
  'wall',
  'crash',
  'mark',
  'value',
  'lease',
  'journal',
  'flush',
  'failover',
  'loader',
]

/** A journal delivered in process cannot lose or delay, and is lost only with its listeners. */
const INLINE_FAULTS: readonly FaultName[] = [
  'request',
  'reply',
  'zombie',
  'pause',
  'wall',
  'value',
  'lease',
  'mark',
  'loader',
]

const KINDS: Readonly<Record<CacheKind, number>> = { plain: 3, named: 4, late: 3, soft: 2, versioned: 1.5, counter: 1 }

/** Draws a plan. Few keys, few nodes and few kinds of trouble at a time: that is where the rare interleavings are. */
export function drawPlan(dice: Dice): Plan {
  const delivery = dice.chance(0.08) ? 'inline' : 'remote'
  const faults = drawFaults(dice, delivery === 'inline' ? INLINE_FAULTS : FAULTS)
  return {
    nodes: dice.chance(0.75) ? 2 : dice.between(3, 4),
    delivery,
    subjects: drawSubjects(dice),
    operations: dice.between(10, 40),
    writes: dice.pick([0.15, 0.3, 0.3, 0.5]),
    crowd: dice.between(2, 6),
    warm: dice.chance(0.6),
    pace: {
      execute: drawPace(dice),
      answer: drawPace(dice),
      push: drawPace(dice),
      timer: 3 * drawPace(dice),
      loader: drawPace(dice),
      start: drawPace(dice),
      tick: 0.3 * drawPace(dice),
      link: 0.2 * drawPace(dice),
    },
    queues: delivery === 'remote' && dice.chance(0.12),
    disorder: dice.chance(0.3),
    slow: dice.pick([0, 0.15, 0.3, 0.45]),
    faults,
    trouble: dice.pick([0.1, 0.25, 0.5]),
    idsRestart: dice.chance(0.5),
    // What was trimmed before a node asks cannot be told from what a failover lost: with failovers the journal is long.
    journalLength: faults.failover > 0 ? 200 : dice.pick([1, 2, 4, 8, 50]),
  }
}

function drawSubjects(dice: Dice): readonly Subject[] {
  const kinds = new Set<CacheKind>([dice.weighted(KINDS)])
  if (dice.chance(0.15)) kinds.add(dice.weighted(KINDS))
  const keys = dice.chance(0.75) ? ['a'] : ['a', 'b']
  return [...kinds].flatMap((kind) => keys.map((key) => makeSubject(kind, key)))
}

function drawPace(dice: Dice): number {
  return dice.pick([0.07, 0.2, 1, 1, 1, 4])
}

/** No trouble at all. */
export function quietFaults(): Record<FaultName, number> {
  return Object.fromEntries(FAULTS.map((name) => [name, 0])) as Record<FaultName, number>
}

function drawFaults(dice: Dice, possible: readonly FaultName[]): Readonly<Record<FaultName, number>> {
  const faults = quietFaults()
  const count = dice.pick([0, 0, 1, 1, 2, 2, 3, 4, 6])
  for (let i = 0; i < count; i++) faults[dice.pick(possible)] = dice.pick([0.5, 1, 2])
  // Wall clocks that are set back could hide from a node that it was suspended: no protocol can tell the two from none.
  if (faults.suspend > 0) faults.wall = 0
  return faults
}
