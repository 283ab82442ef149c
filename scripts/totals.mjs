/** `node scripts/totals.mjs clear` forgets earlier totals; `print` prints the closing line of `.ci/run` and fails if anything failed. */
import { clearReports, readTotals } from './report.mjs'

if (process.argv[2] === 'clear') {
  clearReports()
} else {
  const { passed, failed } = readTotals()
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}
