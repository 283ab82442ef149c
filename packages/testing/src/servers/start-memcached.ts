import { findServer } from './find-server.ts'
import { OwnedServer } from './owned-server.ts'
import { runningServer } from './running-server.ts'
import { serverFolder } from './server-folder.ts'
import type { ServerHandle } from './server-handle.ts'

const DEFAULT_PORT = 11_211

/** How to start Memcached. Any option other than `startMs` asks for a server of its own, as `own` does. */
export interface StartMemcachedOptions {
  /** Start one even if `MEMCACHED_URL` names a running server. Default `false`. */
  readonly own?: boolean
  /** Memory for items, in mebibytes; default 64. */
  readonly memoryMb?: number
  /** Further command-line arguments; they win over the launcher's own. */
  readonly args?: readonly string[]
  /** Longest time until the first answer, in milliseconds; default 10,000. */
  readonly startMs?: number
}

/**
 * Starts Memcached on a free loopback port, TCP only; or uses the one that `MEMCACHED_URL` (`memcached://host:port`) names.
 * Rejects if none can be found, installed or started. Stop it with `stop()` or `await using`.
 */
export async function startMemcached(options: StartMemcachedOptions = {}): Promise<ServerHandle> {
  const { startMs = 10_000, own = false, memoryMb, args } = options
  const found = await findServer('memcached', { own: own || memoryMb !== undefined || args !== undefined })
  if (found.kind === 'running') return runningServer(found.url, DEFAULT_PORT)
  // Run by root it asks for an account to change to.
  const account = process.getuid?.() === 0 ? ['-u', 'root'] : []
  return OwnedServer.start({
    name: 'memcached',
    folder: await serverFolder('memcached'),
    command: (port) => ({
      path: found.path,
      args: [
        '-l',
        '127.0.0.1',
        '-p',
        String(port),
        '-U',
        '0',
        '-m',
        String(memoryMb ?? 64),
        ...account,
        ...(args ?? []),
      ],
      stopSignal: 'SIGTERM',
      killSignal: 'SIGKILL',
    }),
    url: (port) => `memcached://127.0.0.1:${port}`,
    probe: { send: Buffer.from('version\r\n'), accept: (answer) => answer.toString('latin1').startsWith('VERSION') },
    startMs,
  })
}
