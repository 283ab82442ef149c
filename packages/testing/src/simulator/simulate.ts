import type { Scenario } from './scenario.ts'
import { Schedule } from './schedule.ts'
import type { ScheduleResult } from './schedule.ts'

/** Which schedules to run: those of `count` seeds from `from` on. */
export interface SeedRange {
  readonly from: number
  readonly count: number
}

/** What a range of schedules came to. */
export interface SimulationResult {
  readonly schedules: number
  /** Events of all schedules together. */
  readonly steps: number
  /** Those that broke a promise, without their traces: {@link runSchedule} makes one from the seed. */
  readonly violations: readonly { readonly seed: number; readonly violation: string }[]
}

/**
 * Runs the production code on simulated nodes through the schedule of one seed: a shared store and journal, clocks, random
 * numbers, every interleaving and every fault are drawn from it, so the same seed gives the same trace. Checks freshness promises F1 to F5, F7
 * and F10, and that the nodes converge once all is well. Not two at a time in one process: rejections that nobody handles are attributed to
 * the one that runs.
 */
export function runSchedule(
  seed: number,
  options: { readonly trace?: boolean; readonly scenario?: Scenario } = {},
): Promise<ScheduleResult> {
  return new Schedule(seed, { traced: options.trace ?? false, scenario: options.scenario }).run()
}

/** Runs the schedules of several seeds, one after the other. */
export async function simulate(range: SeedRange): Promise<SimulationResult> {
  const violations: { seed: number; violation: string }[] = []
  let steps = 0
  for (let seed = range.from; seed < range.from + range.count; seed++) {
    const result = await runSchedule(seed)
    steps += result.steps
    if (result.violation !== undefined) violations.push({ seed, violation: result.violation })
  }
  return { schedules: range.count, steps, violations }
}
