import type { ServerHandle } from './server-handle.ts'

/** A handle on a server that somebody else runs: it can be used, not stopped or disturbed. */
export function runningServer(url: string, defaultPort: number): ServerHandle {
  const { hostname, port } = new URL(url)
  const refuse = (): never => {
    throw new Error('This server was not started by the test; start one with `own: true`')
  }
  return {
    url,
    host: hostname,
    port: port === '' ? defaultPort : Number(port),
    owned: false,
    pid: undefined,
    stop: async () => {},
    restart: async () => refuse(),
    kill: async () => refuse(),
    pause: refuse,
    resume: refuse,
    [Symbol.asyncDispose]: async () => {},
  }
}
