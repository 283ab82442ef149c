import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from './workspace.mjs'

const folder = join(cacheFolder, 'reports')
const parts = ['tests', 'better-sqlite3', 'simulation', 'mutants', 'checks']

/** Keeps the totals of one part of a run for {@link readTotals}. */
export function writeReport(part, totals) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${part}.json`), JSON.stringify(totals))
}

/** Forgets the totals of earlier runs. */
export function clearReports() {
  for (const part of parts) rmSync(join(folder, `${part}.json`), { force: true })
}

/** The totals of all parts together; a part that left none counts as one failure. */
export function readTotals() {
  const totals = parts.map((part) => {
    const file = join(folder, `${part}.json`)
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { passed: 0, failed: 1 }
  })
  return {
    passed: totals.reduce((sum, part) => sum + part.passed, 0),
    failed: totals.reduce((sum, part) => sum + part.failed, 0),
  }
}
