import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { environmentWithPnpm } from './bootstrap.mjs'
import { runCommand } from './run-command.mjs'
import { writeReport } from './report.mjs'
import { cacheFolder, workspaceRoot } from './workspace.mjs'

const vitest = join(workspaceRoot, 'node_modules', 'vitest', 'vitest.mjs')

/**
 * Runs every test suite (or those that `args` select) on the given Node.js, prints a closing summary and resolves with
 * an exit code. The tests start the servers that they need. `env` is added to the environment; the totals are those of `part`.
 */
export async function runTests({
  args = [],
  node = process.execPath,
  version = process.versions.node,
  part = 'tests',
  env = {},
} = {}) {
  const results = join(cacheFolder, 'reports', `vitest-${part}-${version}.json`)
  mkdirSync(dirname(results), { recursive: true })
  rmSync(results, { force: true })
  const startedAt = Date.now()
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
  const environment = withNodeFirst({ ...(await environmentWithPnpm()), ...env }, node)
  const exitCode = await runCommand(node, [vitest, 'run', ...reporters, ...args], { env: environment })
  const totals = countTests(results, exitCode)
  writeReport(part, totals)
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
  console.log(
    `\nTests on Node.js ${version}: ${totals.passed} passed, ${totals.failed} failed${skipped} in ${seconds} s`,
  )
  return totals.failed > 0 ? 1 : 0
}

/** A suite that could not be loaded has no test to count: it counts as one failure, and so does a run that broke off. */
function countTests(results, exitCode) {
  if (!existsSync(results)) return { passed: 0, failed: 1, skipped: 0 }
  const report = JSON.parse(readFileSync(results, 'utf8'))
  const brokenSuites = report.testResults.filter(
    (suite) => suite.status === 'failed' && suite.assertionResults.every((test) => test.status !== 'failed'),
  ).length
  const failed = report.numFailedTests + brokenSuites
  return {
    passed: report.numPassedTests,
    failed: exitCode !== 0 && failed === 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

/** Tools that the tests start by name (`#!/usr/bin/env node`) run on the same Node.js as the tests. */
function withNodeFirst(env, node) {
  return { ...env, PATH: `${dirname(node)}${process.platform === 'win32' ? ';' : ':'}${env.PATH}` }
}
