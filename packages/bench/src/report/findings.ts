import type { Table } from './table.ts'

/** Whether a target was met. */
export interface Verdict {
  readonly target: string
  readonly found: string
  readonly met: boolean
}

/** What a benchmark found. */
export interface Findings {
  readonly tables: readonly Table[]
  readonly verdicts: readonly Verdict[]
}

/** One question, asked of the built packages. */
export interface Benchmark {
  /** What selects it on the command line. */
  readonly name: string
  readonly question: string
  run(): Promise<Findings>
}
