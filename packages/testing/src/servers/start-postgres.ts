import { execFile } from 'node:child_process'
import { chown, mkdir, realpath, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { findServer } from './find-server.ts'
import { OwnedServer } from './owned-server.ts'
import { runningServer } from './running-server.ts'
import { serverFolder } from './server-folder.ts'
import type { ServerHandle } from './server-handle.ts'

const run = promisify(execFile)
const DEFAULT_PORT = 5432
const INITDB_MS = 60_000

/** How to start PostgreSQL. Giving `args` asks for a server of its own, as `own` does. */
export interface StartPostgresOptions {
  /** Start one even if `POSTGRES_URL` names a running server. Default `false`. */
  readonly own?: boolean
  /** Further command-line arguments, for example `['-c', 'log_statement=all']`; they win over the launcher's own. */
  readonly args?: readonly string[]
  /** Longest time until the first answer, in milliseconds, after the data folder was made; default 30,000. */
  readonly startMs?: number
}

/**
 * Starts PostgreSQL on a free loopback port with an empty data folder, superuser `postgres` without password; or uses the one
 * that `POSTGRES_URL` names. It keeps nothing safe: writes are not synced. PostgreSQL refuses to run as root, so root runs it
 * under the `postgres` account. Rejects if none can be found, installed or started. Stop it with `stop()` or `await using`.
 */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<ServerHandle> {
  const { startMs = 30_000, own = false, args = [] } = options
  const found = await findServer('postgres', { own: own || args.length > 0 })
  if (found.kind === 'running') return runningServer(found.url, DEFAULT_PORT)
  const account = await postgresAccount()
  const folder = await serverFolder('postgres')
  const data = join(folder, 'data')
  try {
    await makeData(join(dirname(await realpath(found.path)), 'initdb'), { folder, data, account })
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  return OwnedServer.start({
    name: 'postgres',
    folder,
    // SIGTERM would wait for the clients to leave.
    command: (port) => ({
      path: found.path,
      args: [...postgresArgs(port, folder, data), ...args],
      account,
      stopSignal: 'SIGINT',
      killSignal: 'SIGQUIT',
    }),
    url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
    probe: { send: startupMessage(), accept: (answer) => answer[0] === 'R'.charCodeAt(0) },
    startMs,
  })
}

function postgresArgs(port: number, folder: string, data: string): readonly string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
  }
  return [
    '-D',
    data,
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}

interface Account {
  readonly uid: number
  readonly gid: number
}

async function postgresAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
    )
    return { uid: uid as number, gid: gid as number }
  } catch (error) {
    throw new Error('PostgreSQL does not run as root, and this machine has no account `postgres`', { cause: error })
  }
}

async function makeData(
  initdb: string,
  place: { readonly folder: string; readonly data: string; readonly account: Account | undefined },
): Promise<void> {
  const { folder, data, account } = place
  await mkdir(data, { mode: 0o700 })
  if (account !== undefined) await Promise.all([folder, data].map((path) => chown(path, account.uid, account.gid)))
  const args = ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--no-locale', '--no-sync']
  await run(initdb, args, { cwd: folder, timeout: INITDB_MS, ...account })
}

/** Protocol 3.0 greeting; a server that is ready answers `R`, one that is still starting answers `E`. */
function startupMessage(): Buffer {
  const body = Buffer.from('\0\x03\0\0user\0postgres\0database\0postgres\0\0', 'latin1')
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length + 4)
  return Buffer.concat([length, body])
}
