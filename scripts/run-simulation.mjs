import { join } from 'node:path'
import { writeReport } from './report.mjs'
import { runCommand } from './run-command.mjs'
import { workspaceRoot } from './workspace.mjs'

const program = join(workspaceRoot, 'packages', 'testing', 'src', 'simulator', 'cli.ts')

/** Runs the simulator on the sources, and notes how it went for the closing line of `.ci/run`. */
export async function runSimulation(args) {
  const exitCode = await runCommand(process.execPath, [
    '--conditions=@larder/source',
    '--import',
    'tsx',
    program,
    ...args,
  ])
  writeReport('simulation', exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })
  return exitCode
}
