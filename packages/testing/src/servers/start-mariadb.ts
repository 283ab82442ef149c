import { execFile } from 'node:child_process'
import { chown, mkdir, realpath, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { findServer } from './find-server.ts'
import { locateProgram } from './locate-program.ts'
import { OwnedServer } from './owned-server.ts'
import { runningServer } from './running-server.ts'
import { SERVER_CATALOG } from './server-catalog.ts'
import { serverFolder } from './server-folder.ts'
import type { ServerHandle } from './server-handle.ts'

const run = promisify(execFile)
const DEFAULT_PORT = 3306
const INSTALL_MS = 60_000

/** How to start MariaDB. Giving `args` asks for a server of its own, as `own` does. */
export interface StartMariadbOptions {
  /** Start one even if `MARIADB_URL` names a running server. Default `false`. */
  readonly own?: boolean
  /** Further command-line arguments; they win over the launcher's own. */
  readonly args?: readonly string[]
  /** Longest time until the first answer, in milliseconds, after the data folder was made; default 30,000. */
  readonly startMs?: number
}

/**
 * Starts MariaDB on a free loopback port with an empty data folder: database `larder`, account `larder` without password, which may do anything; or
 * uses the one that `MARIADB_URL` names. It keeps nothing safe. Run by root it changes to the account `mysql`, where there is one. Rejects if none can be
 * found, installed or started. Stop it with `stop()` or `await using`.
 */
export async function startMariadb(options: StartMariadbOptions = {}): Promise<ServerHandle> {
  const { startMs = 30_000, own = false, args = [] } = options
  const found = await findServer('mariadb', { own: own || args.length > 0 })
  if (found.kind === 'running') return runningServer(found.url, DEFAULT_PORT)
  const account = await mysqlAccount()
  const folder = await serverFolder('mariadb')
  try {
    await makeData(found.path, folder, account)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  return OwnedServer.start({
    name: 'mariadb',
    folder,
    command: (port) => ({
      path: found.path,
      args: [...mariadbArgs(port, folder), ...args],
      account,
      stopSignal: 'SIGTERM',
      killSignal: 'SIGKILL',
    }),
    url: (port) => `mysql://larder@127.0.0.1:${port}/larder`,
    // It speaks first: a packet with version 10 of its protocol.
    probe: { send: new Uint8Array(), accept: (answer) => answer[4] === 10 },
    startMs,
  })
}

function mariadbArgs(port: number, folder: string): readonly string[] {
  return [
    '--no-defaults',
    `--datadir=${join(folder, 'data')}`,
    `--tmpdir=${join(folder, 'tmp')}`,
    `--socket=${join(folder, 's')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--init-file=${join(folder, 'init.sql')}`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--skip-name-resolve',
    '--skip-log-bin',
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-buffer-pool-size=32M',
    '--innodb-log-file-size=8M',
    '--character-set-server=utf8mb4',
  ]
}

interface Account {
  readonly uid: number
  readonly gid: number
}

/** MariaDB refuses to run as root. */
async function mysqlAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'mysql'])).stdout)),
    )
    return { uid: uid as number, gid: gid as number }
  } catch (error) {
    throw new Error('MariaDB does not run as root, and this machine has no account `mysql`', { cause: error })
  }
}

async function makeData(program: string, folder: string, account: Account | undefined): Promise<void> {
  const data = join(folder, 'data')
  const init = join(folder, 'init.sql')
  const temporary = join(folder, 'tmp')
  await mkdir(data, { mode: 0o700 })
  await mkdir(temporary)
  await writeFile(
    init,
    "CREATE DATABASE IF NOT EXISTS larder;\nCREATE USER IF NOT EXISTS larder@'%' IDENTIFIED BY '';\nGRANT ALL ON *.* TO larder@'%' WITH GRANT OPTION;\n",
  )
  if (account !== undefined)
    await Promise.all([folder, data, temporary, init].map((path) => chown(path, account.uid, account.gid)))
  const basedir = join(dirname(await realpath(program)), '..')
  const installer = await locateProgram({
    ...SERVER_CATALOG.mariadb,
    programs: ['mariadb-install-db', 'mysql_install_db'],
  })
  if (installer === undefined) throw new Error('This MariaDB has no mariadb-install-db')
  const args = [
    '--no-defaults',
    `--basedir=${basedir}`,
    `--datadir=${data}`,
    `--tmpdir=${temporary}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ]
  await run(installer, args, { cwd: folder, timeout: INSTALL_MS, ...account })
}
