import type { Probe } from './probe.ts'
import type { ServerCommand } from './server-process.ts'

/** How to see that a Redis is ready. */
export const REDIS_PROBE: Probe = {
  send: Buffer.from('PING\r\n'),
  accept: (answer) => /^(\+PONG|-NOAUTH)/.test(answer.toString('latin1')),
}

/** How to run a Redis of a test's own: on the loopback interface, in a folder, keeping nothing unless the arguments say so. */
export function redisCommand(
  path: string,
  port: number,
  { folder, args }: { readonly folder: string; readonly args: readonly string[] },
): Omit<ServerCommand, 'folder'> {
  return {
    path,
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ...['--save', '', '--appendonly', 'no', '--appendfsync', 'always'],
      ...['--daemonize', 'no', '--enable-debug-command', 'local'],
      ...args,
    ],
    stopSignal: 'SIGTERM',
    killSignal: 'SIGKILL',
  }
}
