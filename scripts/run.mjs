/**
 * Runs a task of this repository on a machine that has nothing but Node.js and npm:
 * fetches the pinned package manager and the locked dependencies when they are missing, then starts the task.
 */
import { ensureInstalled, environmentWithPnpm, requireSupportedNode, runPnpm } from './bootstrap.mjs'
import { runCommand } from './run-command.mjs'
import { listPackages } from './workspace.mjs'

const tasks = {
  test: async (args) => (await import('./run-tests.mjs')).runTests({ args }),
  'test:matrix': async (args) => (await import('./run-test-matrix.mjs')).runTestMatrix(args),
  'test:better-sqlite3': async (args) => (await import('./run-better-sqlite3.mjs')).runBetterSqlite3(args),
  check: async (args) => (await import('./run-checks.mjs')).runChecks(args),
  build: (args) => tool('turbo', ['run', 'build', ...args]),
  lint: (args) => tool('eslint', args.length > 0 ? args : ['.']),
  format: (args) => tool('prettier', ['--write', '--log-level=warn', ...(args.length > 0 ? args : ['.'])]),
  demo: (args) => packageScript('@larder/example-quickstart', 'start', args),
  bench: (args) => packageScript('@larder/bench', 'start', args),
  simulate: async (args) => (await import('./run-simulation.mjs')).runSimulation(args),
  mutants: async (args) => (await import('./run-mutants.mjs')).runMutants(args),
  pnpm: (args) => runPnpm(args),
}

const [name = '', ...args] = process.argv.slice(2)
const task = tasks[name]
if (task === undefined) {
  console.error(`larder: no task named "${name}"; there are: ${Object.keys(tasks).join(', ')}`)
  process.exit(1)
}
requireSupportedNode()
if (name !== 'pnpm') await ensureInstalled()
process.exitCode = await task(args)

async function tool(command, toolArgs) {
  return runCommand(command, toolArgs, { env: await environmentWithPnpm() })
}

async function packageScript(packageName, script, scriptArgs) {
  const found = listPackages().find(({ manifest }) => manifest.name === packageName)
  if (found?.manifest.scripts?.[script] === undefined) {
    console.error(`larder: this checkout has no ${packageName} with a "${script}" script`)
    return 1
  }
  return runPnpm(['--silent', '--dir', found.folder, 'run', script, ...scriptArgs])
}
