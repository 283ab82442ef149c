import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { environmentWithPnpm } from './bootstrap.mjs'
import { mutate } from './mutant-plugin.mjs'
import { mutants } from './mutants/mutants.mjs'
import { captureCommand } from './run-command.mjs'
import { writeReport } from './report.mjs'
import { workspaceRoot } from './workspace.mjs'

const vitest = join(workspaceRoot, 'node_modules', 'vitest', 'vitest.mjs')

/** The suites that prove the protocol, quickest first: a mutant is dead at the first test that fails. */
const suites = [
  ['packages/core/test/traces.test.ts', 'packages/core/test/missed-records.test.ts'],
  ['packages/core/test', 'packages/core/src/drain', 'packages/core/src/entry'],
  ['packages/crypto'],
  ['packages/testing/test/memory-conformance.test.ts'],
  ['packages/testing/test/model-scenarios.test.ts'],
]

/**
 * Takes one guard of the protocol away at a time and shows that the tests notice. `args` select mutants by parts of their names.
 * Fails if a mutant survives, if a guard is not to be found, or if the tests fail with all guards in place.
 */
export async function runMutants(args) {
  const chosen = mutants.filter(({ name }) => args.length === 0 || args.some((part) => name.includes(part)))
  for (const mutant of chosen) mutate(readFileSync(join(workspaceRoot, mutant.file), 'utf8'), mutant)
  const startedAt = Date.now()
  const clean = await firstFailure({ name: '' })
  if (clean !== undefined) {
    console.error(`larder: with all guards in place a test fails already: ${clean}`)
    writeReport('mutants', { passed: 0, failed: 1 })
    return 1
  }
  let survivors = 0
  const waiting = [...chosen]
  const judgeWaiting = async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const failure = await firstFailure(mutant)
      if (failure === undefined) survivors++
      console.log(
        failure === undefined ? `SURVIVED  ${mutant.name}` : `caught    ${mutant.name}\n            by: ${failure}`,
      )
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, judgeWaiting))
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(0)
  console.log(`\nMutants: ${chosen.length - survivors} of ${chosen.length} caught in ${seconds} s`)
  writeReport('mutants', { passed: chosen.length - survivors, failed: survivors })
  return survivors > 0 ? 1 : 0
}

/** The first test that fails without the guard; `undefined` if all pass. */
async function firstFailure({ name, caughtBy }) {
  const env = { ...(await environmentWithPnpm()), LARDER_MUTANT: name, NO_COLOR: '1', FORCE_COLOR: '0' }
  for (const files of caughtBy === undefined ? suites : [[caughtBy], ...suites]) {
    const args = [vitest, 'run', '--config', 'vitest.mutants.config.mjs', '--reporter=dot', ...files]
    const { code, output } = await captureCommand(process.execPath, args, { env })
    if (code !== 0) return output.match(/ FAIL {2}(.*)/)?.[1] ?? output.trim().split('\n').at(-1)
  }
  return undefined
}
