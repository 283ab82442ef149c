import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { SeedRange, SimulationResult } from './simulate.ts'

/** Schedules that a worker runs before it reports. */
const CHUNK = 100

/** Worker processes that share the seeds of a range. */
export class Crew {
  readonly #script: string
  readonly #jobs: number
  readonly #mostViolations: number
  #next: number
  readonly #end: number
  readonly #total = { schedules: 0, steps: 0, violations: [] as { seed: number; violation: string }[] }

  constructor(parts: {
    readonly script: string
    readonly range: SeedRange
    readonly jobs: number
    readonly mostViolations: number
  }) {
    this.#script = parts.script
    this.#jobs = parts.jobs
    this.#mostViolations = parts.mostViolations
    this.#next = parts.range.from
    this.#end = parts.range.from + parts.range.count
  }

  /** Resolves when all schedules have run, or enough have failed. Rejects when a worker dies. */
  async run(): Promise<SimulationResult> {
    await Promise.all(Array.from({ length: this.#jobs }, () => this.#employ()))
    const violations = this.#total.violations.sort((a, b) => a.seed - b.seed)
    return { ...this.#total, violations }
  }

  #employ(): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = fork(this.#script, ['--worker'])
      worker.on('message', (result: SimulationResult) => {
        this.#total.schedules += result.schedules
        this.#total.steps += result.steps
        this.#total.violations.push(...result.violations)
        this.#assign(worker)
      })
      worker.once('error', reject)
      worker.once('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`a worker ended with exit code ${code}`)),
      )
      this.#assign(worker)
    })
  }

  #assign(worker: ChildProcess): void {
    const count = Math.min(CHUNK, this.#end - this.#next)
    if (count <= 0 || this.#total.violations.length >= this.#mostViolations) return worker.disconnect()
    worker.send({ from: this.#next, count } satisfies SeedRange)
    this.#next += count
  }
}

/** The other side: runs what it is told until nobody tells it any more. */
export function work(run: (range: SeedRange) => Promise<SimulationResult>): void {
  process.on('message', (range: SeedRange) => {
    void run(range).then((result) => process.send?.(result))
  })
}
