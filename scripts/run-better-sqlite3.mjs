import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { writeReport } from './report.mjs'
import { captureCommand } from './run-command.mjs'
import { runTests } from './run-tests.mjs'
import { cacheFolder, workspaceRoot } from './workspace.mjs'

/** The newest line that runs on Node.js 20. */
const SQLITE = 'better-sqlite3@12'

/** How long the compiler may take. */
const BUILD_MS = 10 * 60_000

/**
 * Runs the Prisma extension's tests on SQLite with `better-sqlite3` in place of libSQL, and resolves with an exit code. The library is compiled
 * for this Node.js, as no package of the registry carries its program; a machine that cannot do that skips these tests, and says why.
 */
export async function runBetterSqlite3(args) {
  const folder = join(cacheFolder, 'better-sqlite3')
  const problem = await provide(folder)
  if (problem !== undefined) {
    console.log(`larder: the tests on better-sqlite3 are skipped: ${problem}`)
    writeReport('better-sqlite3', { passed: 0, failed: 0, skipped: 1 })
    return 0
  }
  const selected = ['packages/prisma-extension', '-t', 'sqlite', ...args]
  return runTests({ args: selected, part: 'better-sqlite3', env: { LARDER_BETTER_SQLITE3: folder } })
}

/** Why the library cannot be had; `undefined` once it is there. */
async function provide(folder) {
  const works = () => loads(folder)
  if (existsSync(folder) && (await works())) return undefined
  console.log('larder: compiling better-sqlite3 …')
  await provideCompiler()
  mkdirSync(folder, { recursive: true })
  const prisma = join(
    workspaceRoot,
    'packages',
    'prisma-extension',
    'node_modules',
    '@prisma',
    'client',
    'package.json',
  )
  const { version } = JSON.parse(readFileSync(prisma, 'utf8'))
  const packages = [SQLITE, `@prisma/adapter-better-sqlite3@${version}`]
  const options = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error']
  const install = ['install', '--prefix', folder, ...options, ...packages]
  const { code, output } = await captureCommand('npm', install, { env: withHeaders(), timeout: BUILD_MS })
  if (code === 0 && (await works())) return undefined
  return `it could not be built (exit code ${code})\n${output.trim().split('\n').slice(-5).join('\n')}`
}

/** Whether it opens a database. */
async function loads(folder) {
  const open = `new (require('better-sqlite3'))(':memory:').prepare('SELECT 1').get()`
  const { code } = await captureCommand(process.execPath, ['-e', open], { cwd: folder })
  return code === 0
}

/** Installs a compiler where one is missing and the machine's package manager may be used. */
async function provideCompiler() {
  const { code } = await captureCommand('sh', ['-c', 'command -v g++ && command -v make && command -v python3'])
  if (code === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await captureCommand('apt-get', ['-q', 'update'], { env, timeout: BUILD_MS })
  const install = ['-q', '-y', '--no-install-recommends', 'install', 'g++', 'make', 'python3']
  await captureCommand('apt-get', install, { env, timeout: BUILD_MS })
}

/** Node.js' own headers, where they came with it: otherwise they would have to be downloaded. */
function withHeaders() {
  const prefix = dirname(dirname(process.execPath))
  const here = existsSync(join(prefix, 'include', 'node', 'node.h'))
  return here ? { ...process.env, npm_config_nodedir: prefix } : process.env
}
