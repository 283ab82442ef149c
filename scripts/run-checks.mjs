import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { environmentWithPnpm } from './bootstrap.mjs'
import { withPackedPackages } from './pack-packages.mjs'
import { writeReport } from './report.mjs'
import { captureCommand } from './run-command.mjs'
import { workspaceRoot } from './workspace.mjs'

/** What is checked beside the tests, in this order. Each resolves with `{ code, output }`. */
const steps = {
  lint: () => tool('eslint', ['.']),
  format: () => tool('prettier', ['--check', '--log-level=warn', '.']),
  types: () => tool('turbo', ['run', 'check-types', '--output-logs=errors-only']),
  dependencies: () =>
    tool(
      'depcruise',
      ['packages', 'examples'].filter((path) => existsSync(join(workspaceRoot, path))),
    ),
  unused: () => tool('knip', ['--no-progress', '--no-config-hints']),
  docs: () => tool(process.execPath, ['scripts/check-docs.mjs']),
  build: () => tool('turbo', ['run', 'build', '--output-logs=errors-only']),
  consumer: () => tool(process.execPath, ['scripts/check-consumer.mjs']),
  publint: () => eachTarball((tarball) => tool('publint', ['run', '--strict', tarball])),
  attw: () => eachTarball((tarball) => tool('attw', ['--profile', 'esm-only', '--no-emoji', tarball])),
}

/** Runs all checks, or those named in `selected`, shows the output of the ones that fail, and resolves with an exit code. */
export async function runChecks(selected) {
  const unknown = selected.filter((name) => !Object.hasOwn(steps, name))
  if (unknown.length > 0) {
    console.error(`larder: no check named ${unknown.join(', ')}; there are: ${Object.keys(steps).join(', ')}`)
    return 1
  }
  const names = Object.keys(steps).filter((name) => selected.length === 0 || selected.includes(name))
  let failed = 0
  for (const name of names) {
    const startedAt = Date.now()
    const { code, output } = await steps[name]()
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(16)} ${seconds.padStart(5)} s`)
    if (code === 0) continue
    failed += 1
    console.log(`\n${output.trim()}\n`)
  }
  writeReport('checks', { passed: names.length - failed, failed })
  console.log(`\nChecks: ${names.length - failed} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
}

async function tool(command, args) {
  return captureCommand(command, args, { env: await environmentWithPnpm() })
}

/** Runs a check on what users would download, rather than on the folder it was made from. */
function eachTarball(check) {
  return withPackedPackages(async (tarballs) => {
    const results = []
    for (const tarball of tarballs) results.push(await check(tarball))
    return {
      code: results.some((result) => result.code !== 0) ? 1 : 0,
      output: results.map((result) => result.output).join('\n'),
    }
  })
}
