import type { Benchmark, Findings } from './findings.ts'
import { tableText } from './table.ts'

/** What a benchmark found, for people. */
export function reportText({ name, question }: Benchmark, { tables, verdicts }: Findings): string {
  const judged = verdicts.map(({ target, found, met }) => `${met ? 'met   ' : 'MISSED'}  ${target}: ${found}`)
  return [`\n${name}: ${question}`, ...tables.map(tableText), judged.join('\n')].join('\n\n') + '\n'
}
