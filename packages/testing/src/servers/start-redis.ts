import { findServer } from './find-server.ts'
import { OwnedServer } from './owned-server.ts'
import { runningServer } from './running-server.ts'
import { serverFolder } from './server-folder.ts'
import type { ServerHandle } from './server-handle.ts'

const DEFAULT_PORT = 6379

/** How to start Redis. Any option other than `startMs` asks for a server of its own, as `own` does. */
export interface StartRedisOptions {
  /** Start one even if `REDIS_URL` names a running server. Default `false`. */
  readonly own?: boolean
  /** Password of the default user; default none. */
  readonly password?: string
  /** Memory limit as Redis writes it, for example `64mb`, with eviction policy `allkeys-lru`; default none. */
  readonly maxmemory?: string
  /** Keep data across `restart()` (append-only file). Default `false`: a restart comes up empty. */
  readonly persistent?: boolean
  /** Further command-line arguments; they win over the launcher's own. */
  readonly args?: readonly string[]
  /** Longest time until the first answer, in milliseconds; default 10,000. */
  readonly startMs?: number
}

/**
 * Starts Redis (or Valkey) on a free loopback port, in a temporary folder; or uses the one that `REDIS_URL` names.
 * Rejects if none can be found, installed or started. Stop it with `stop()` or `await using`.
 */
export async function startRedis(options: StartRedisOptions = {}): Promise<ServerHandle> {
  const { startMs = 10_000, own = false, ...rest } = options
  const found = await findServer('redis-server', {
    own: own || Object.values(rest).some((value) => value !== undefined),
  })
  if (found.kind === 'running') return runningServer(found.url, DEFAULT_PORT)
  const folder = await serverFolder('redis')
  return OwnedServer.start({
    name: 'redis-server',
    folder,
    command: (port) => ({
      path: found.path,
      args: redisArgs(port, folder, options),
      stopSignal: 'SIGTERM',
      killSignal: 'SIGKILL',
    }),
    url: (port) =>
      `redis://${options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`}127.0.0.1:${port}`,
    probe: { send: Buffer.from('PING\r\n'), accept: (answer) => /^(\+PONG|-NOAUTH)/.test(answer.toString('latin1')) },
    startMs,
  })
}

function redisArgs(port: number, folder: string, options: StartRedisOptions): readonly string[] {
  return [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
    ...['--save', '', '--appendonly', options.persistent === true ? 'yes' : 'no', '--appendfsync', 'always'],
    ...['--daemonize', 'no', '--enable-debug-command', 'local'],
    ...(options.password === undefined ? [] : ['--requirepass', options.password]),
    ...(options.maxmemory === undefined ? [] : ['--maxmemory', options.maxmemory, '--maxmemory-policy', 'allkeys-lru']),
    ...(options.args ?? []),
  ]
}
