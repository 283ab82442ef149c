import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import type { Contender } from './contender.ts'
import { quantile } from './quantile.ts'
import { shuffled } from './shuffled.ts'

/** How long a contender took, against the reference in the same rounds. */
export interface Timing {
  readonly name: string
  /** Median time of one operation, in nanoseconds. */
  readonly ns: number
  /** Median of its time divided by the reference's time in the same round, and the quartiles around it. */
  readonly ratio: number
  readonly low: number
  readonly high: number
}

/** How long to measure. */
export interface Pace {
  readonly rounds: number
  /** Length of a turn, in milliseconds, about. */
  readonly turnMs: number
}

/** Untimed turns at first, in which the code is compiled and the number of operations in a turn is found. */
const WARM_UP_TURNS = 8

/**
 * Times contenders that do the same work, the first of which is the reference. In every round each has one turn, in an order drawn anew, so
 * that what else goes on in the machine meets them alike; ratios are taken within a round.
 */
export async function takeTurns(contenders: readonly Contender[], pace: Pace): Promise<readonly Timing[]> {
  const fitted = await warmUp(contenders, pace.turnMs)
  const taken = contenders.map((): number[] => [])
  for (let round = 0; round < pace.rounds; round++) {
    for (const { contender, operations, index } of shuffled(fitted)) {
      taken[index]?.push(((await timed(contender, operations)) * 1e6) / operations)
    }
  }
  return contenders.map(({ name }, index) => {
    const own = taken[index] ?? []
    const ratios = own.map((ns, round) => ns / (taken[0]?.[round] ?? Number.NaN))
    return {
      name,
      ns: quantile(own, 0.5),
      ratio: quantile(ratios, 0.5),
      low: quantile(ratios, 0.25),
      high: quantile(ratios, 0.75),
    }
  })
}

interface Fitted {
  readonly contender: Contender
  readonly index: number
  /** Operations that fill a turn. */
  readonly operations: number
}

async function warmUp(contenders: readonly Contender[], turnMs: number): Promise<readonly Fitted[]> {
  let fitted: readonly Fitted[] = contenders.map((contender, index) => ({ contender, index, operations: 256 }))
  for (let turn = 0; turn < WARM_UP_TURNS; turn++) {
    const next: Fitted[] = []
    for (const { contender, index, operations } of fitted) {
      const tookMs = await timed(contender, operations)
      next.push({
        contender,
        index,
        operations: Math.max(256, Math.round((operations * turnMs) / Math.max(tookMs, 0.1))),
      })
    }
    fitted = next
  }
  return fitted
}

/** How long a turn takes, in milliseconds. The event loop runs before it, untimed: heartbeats are answered there. */
async function timed(contender: Contender, operations: number): Promise<number> {
  await turnOfTheLoop()
  const start = performance.now()
  await contender.turn(operations)
  return performance.now() - start
}
