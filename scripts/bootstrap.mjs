import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runCommand, runQuietly } from './run-command.mjs'
import { cacheFolder, workspaceRoot } from './workspace.mjs'

const manifest = JSON.parse(readFileSync(join(workspaceRoot, 'package.json'), 'utf8'))
const stampFile = join(workspaceRoot, 'node_modules', '.installed')

/** Ends the process with one readable line if this Node.js is older than the tools need. */
export function requireSupportedNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const supported = major >= 23 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)
  if (supported) return
  console.error(`larder: Node.js ${process.versions.node} is too old; this repository needs ${manifest.engines.node}`)
  process.exit(1)
}

/**
 * The path of the pnpm that package.json pins, fetched into the cache folder with npm when it is not there yet.
 * The package manager of the machine, if any, stays untouched.
 */
export async function ensurePnpm() {
  const pinned = manifest.packageManager
  const folder = join(cacheFolder, pinned)
  const executable = join(folder, 'node_modules', '.bin', process.platform === 'win32' ? 'pnpm.cmd' : 'pnpm')
  if (!existsSync(executable)) {
    announce(`fetching ${pinned}`)
    mkdirSync(folder, { recursive: true })
    const options = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error']
    await runQuietly('npm', ['install', '--prefix', folder, ...options, pinned])
  }
  return executable
}

/** Installs the dependencies exactly as the lockfile names them, unless that has been done for this very lockfile. */
export async function ensureInstalled() {
  const wanted = dependencyFingerprint()
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return
  const pnpm = await ensurePnpm()
  announce('installing the dependencies that pnpm-lock.yaml names')
  await runQuietly(pnpm, ['install', '--frozen-lockfile'], {
    hint: 'after an intended change of a package.json or of pnpm-workspace.yaml: npm run pnpm -- install',
  })
  writeFileSync(stampFile, wanted)
}

/** Runs pnpm in the workspace and resolves with its exit code. */
export async function runPnpm(args, options = {}) {
  const pnpm = await ensurePnpm()
  return runCommand(pnpm, args, { ...options, env: await environmentWithPnpm(options.env) })
}

/** An environment in which `pnpm` is the pinned one, for tools such as turbo that call it by name. */
export async function environmentWithPnpm(extra = {}) {
  const pnpm = await ensurePnpm()
  const path = [join(pnpm, '..'), join(workspaceRoot, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
  return { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', ...extra, PATH: path }
}

function dependencyFingerprint() {
  const hash = createHash('sha256')
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json']
  for (const group of ['packages', 'examples']) {
    if (!existsSync(join(workspaceRoot, group))) continue
    files.push(...readdirSync(join(workspaceRoot, group)).map((name) => join(group, name, 'package.json')))
  }
  for (const file of files.filter((name) => existsSync(join(workspaceRoot, name))).sort()) {
    hash.update(`${file}\n`).update(readFileSync(join(workspaceRoot, file)))
  }
  return hash.digest('hex')
}

function announce(what) {
  console.log(`larder: ${what} …`)
}
