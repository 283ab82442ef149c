import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { findServer } from './find-server.ts'
import { OwnedServer } from './owned-server.ts'
import { REDIS_PROBE, redisCommand } from './redis-command.ts'
import { runningServer } from './running-server.ts'
import { serverFolder } from './server-folder.ts'
import type { ServerHandle } from './server-handle.ts'
import type { TestCertificates } from './test-certificates.ts'

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
  /** Speak TLS only, with these certificates, and demand one of the client. Default plain TCP. */
  readonly tls?: TestCertificates
  /** Listen on this unix socket as well. Default none. */
  readonly socketPath?: string
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
  const { tls, password } = options
  const credentials = password === undefined ? '' : `:${encodeURIComponent(password)}@`
  return OwnedServer.start({
    name: 'redis-server',
    folder,
    command: (port) => redisCommand(found.path, port, { folder, args: argumentsOf(port, options) }),
    url: (port) => `redis${tls === undefined ? '' : 's'}://${credentials}127.0.0.1:${port}`,
    probe: { ...REDIS_PROBE, connect: tls === undefined ? undefined : (port) => dialTls(port, tls) },
    startMs,
  })
}

function argumentsOf(port: number, options: StartRedisOptions): readonly string[] {
  const { persistent, password, maxmemory, tls, socketPath } = options
  return [
    ...(persistent === true ? ['--appendonly', 'yes'] : []),
    ...(password === undefined ? [] : ['--requirepass', password]),
    ...(maxmemory === undefined ? [] : ['--maxmemory', maxmemory, '--maxmemory-policy', 'allkeys-lru']),
    ...(socketPath === undefined ? [] : ['--unixsocket', socketPath]),
    ...(tls === undefined ? [] : tlsArguments(port, tls)),
    ...(options.args ?? []),
  ]
}

function tlsArguments(port: number, { authority, server }: TestCertificates): readonly string[] {
  return [
    ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'yes'],
    ...['--tls-ca-cert-file', authority.path, '--tls-cert-file', server.path, '--tls-key-file', server.keyPath],
  ]
}

function dialTls(port: number, { authority, server, client }: TestCertificates): Socket {
  const { certificate: cert, key } = client
  return connectTls({ host: '127.0.0.1', port, servername: server.name, ca: authority.certificate, cert, key })
}
