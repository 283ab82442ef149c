import { writeReport } from './report.mjs'

/** Runs the simulator and notes how it went, for the closing line of `.ci/run`. */
export async function runSimulation(simulate) {
  const exitCode = await simulate()
  writeReport('simulation', exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })
  return exitCode
}
