import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { withInstallLock } from './install-lock.ts'
import { locateProgram } from './locate-program.ts'
import type { ServerEntry } from './server-catalog.ts'

const run = promisify(execFile)
const POLICY = '/usr/sbin/policy-rc.d'
const APT_GET = '/usr/bin/apt-get'
const INSTALL_MS = 5 * 60_000

/**
 * Installs a server with the machine's package manager and answers the program's path; `undefined` where it has no way to.
 * Processes that install at the same time take turns. Rejects if the package manager fails or takes more than five minutes.
 */
export async function installServer(entry: ServerEntry): Promise<string | undefined> {
  const install = await installer()
  if (install === undefined) return undefined
  return withInstallLock(async () => {
    // Another process may have installed it while this one waited.
    const present = await locateProgram(entry)
    if (present !== undefined) return present
    await install(entry)
    return locateProgram(entry)
  })
}

async function installer(): Promise<((entry: ServerEntry) => Promise<void>) | undefined> {
  if (process.env['LARDER_SERVER_INSTALL'] === 'never') return undefined
  if (process.platform === 'darwin') return (await hasBrew()) ? installWithHomebrew : undefined
  if (process.platform === 'linux' && process.getuid?.() === 0 && (await canRun(APT_GET))) return installWithApt
  return undefined
}

function canRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function hasBrew(): Promise<boolean> {
  return run('brew', ['--version'], { timeout: 30_000 }).then(
    () => true,
    () => false,
  )
}

async function installWithHomebrew(entry: ServerEntry): Promise<void> {
  await run('brew', ['install', '--quiet', entry.homebrewFormula], { timeout: INSTALL_MS })
}

async function installWithApt(entry: ServerEntry): Promise<void> {
  const settings = {
    timeout: INSTALL_MS,
    maxBuffer: 64 << 20,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  }
  const restorePolicy = await forbidServiceStarts()
  try {
    await run(APT_GET, ['-q', 'update'], settings)
    await run(
      APT_GET,
      ['-q', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', 'install', entry.debianPackage],
      settings,
    )
  } finally {
    await restorePolicy()
  }
}

/** Keeps the package from starting the distribution's own service: tests start theirs. A policy that is there already stays. */
async function forbidServiceStarts(): Promise<() => Promise<void>> {
  try {
    await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { flag: 'wx', mode: 0o755 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return async () => {}
    throw error
  }
  return () => rm(POLICY, { force: true })
}
