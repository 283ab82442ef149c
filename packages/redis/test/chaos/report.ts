import { describeCall } from './checker.ts'
import type { Violation } from './checker.ts'
import type { History } from './history.ts'

/** What went on before a violation that is told, in milliseconds. */
const BEFORE_MS = 8_000
const MOST_LINES = 80

/** A violation, how to repeat the run, the faults around it, and the last events of its subject. */
export function report(
  violation: Violation,
  run: { readonly seed: number; readonly seconds: number; readonly history: History },
): string {
  const { promise, text, at, subject } = violation
  const { history } = run
  const since = at - BEFORE_MS
  const faults = history.incidents
    .filter(({ to, from }) => to >= since && from <= at + 1_000)
    .map(({ what, from, to }) => `  ${from.toFixed(1)} to ${to.toFixed(1)}: ${what}`)
  const lines = [
    `${promise} is broken: ${text}`,
    `seed ${run.seed}; repeat with LARDER_CHAOS_SEED=${run.seed} LARDER_CHAOS_SECONDS=${run.seconds}`,
    `faults around ${at.toFixed(1)}:`,
    ...faults,
  ]
  if (subject === undefined) return lines.join('\n')
  const events: [number, string][] = []
  for (const one of history.recent(subject.index)) {
    if (!('how' in one)) events.push([one.at, `the server holds version ${one.v} (#${one.n})`])
    else if (one.cargo !== undefined)
      events.push([
        one.to,
        `${one.by}: ${one.how}${one.fresh ? ' fresh' : ''} from ${one.from.toFixed(1)}: version ${one.cargo.v} (#${one.cargo.n})${one.stale ? ', labelled stale' : ''}`,
      ])
  }
  for (const call of history.concerning[subject.index] ?? [])
    events.push([Math.min(call.to, at), describeCall(call, subject.index)])
  for (const { by, at: when, what } of history.heard)
    if (what === 'reset' || what.includes(`${subject.cache}`)) events.push([when, `${by} heard: ${what}`])
  const near = events.filter(([when]) => when >= since && when <= at + 50).sort(([a], [b]) => a - b)
  return [
    ...lines,
    `last events of ${subject.cache}:${subject.key}:`,
    ...near.slice(-MOST_LINES).map(([when, what]) => `  ${when.toFixed(1)} ${what}`),
  ].join('\n')
}
