import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { systemClock } from '@larder/core'
import { Crew, work } from './crew.ts'
import { runSchedule, simulate } from './simulate.ts'

const USAGE = `usage: npm run simulate -- [--seeds 1000] [--from 1] [--jobs <cores>] [--first]
       npm run simulate -- --seed <seed> [--trace]

Runs the schedules of so many seeds and prints the trace of each violation. --first stops at the first one.
`

/** Violations after which a run is cut short, and traces that are printed. */
const MOST = { violations: 10, traces: 2 } as const

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    first: { type: 'boolean', default: false },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    worker: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (options.help) print(USAGE)
else if (options.worker) work(simulate)
else if (options.seed !== undefined) process.exitCode = await runOne(number(options.seed, 'seed'), options.trace)
else process.exitCode = await runMany()

async function runOne(seed: number, traced: boolean): Promise<number> {
  const { violation, steps, trace } = await runSchedule(seed, { trace: traced })
  for (const line of trace) print(`${line}\n`)
  print(`seed ${seed}, ${steps} events: ${violation ?? 'no violation'}\n`)
  return violation === undefined ? 0 : 1
}

async function runMany(): Promise<number> {
  const range = { from: number(options.from, 'from'), count: number(options.seeds, 'seeds') }
  const jobs = Math.max(1, Math.min(number(options.jobs, 'jobs'), Math.ceil(range.count / 100)))
  const mostViolations = options.first ? 1 : MOST.violations
  const began = systemClock.monotonic()
  const crew = new Crew({ script: process.argv[1] as string, range, jobs, mostViolations })
  const { schedules, steps, violations } = await crew.run()
  const seconds = (systemClock.monotonic() - began) / 1_000
  for (const { seed } of violations.slice(0, MOST.traces)) {
    print(`\n`)
    await runOne(seed, true)
  }
  if (violations.length > 0) print('\n')
  for (const { seed, violation } of violations) print(`seed ${seed}: ${violation}\n`)
  const rate = `${(schedules / seconds).toFixed(0)} schedules per second`
  print(`${schedules} schedules, ${steps} events, ${seconds.toFixed(1)} s, ${rate}, ${violations.length} violations\n`)
  return violations.length === 0 ? 0 : 1
}

function number(text: string, option: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  process.stderr.write(`--${option} must be an integer of 0 or more, got ${text}\n${USAGE}`)
  process.exit(2)
}

function print(text: string): void {
  process.stdout.write(text)
}
