import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Redis } from 'ioredis'

/** A server of a chaos run, with a connection of its own that no proxy disturbs. */
export class Server {
  readonly handle: ServerHandle
  readonly #client: Redis

  private constructor(handle: ServerHandle) {
    this.handle = handle
    this.#client = new Redis({
      port: handle.port,
      host: handle.host,
      commandTimeout: 4_000,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      retryStrategy: () => 50,
    })
    this.#client.on('error', () => {})
  }

  static async start(): Promise<Server> {
    // A replica leaves what it was sent in a file, and would come back with it after a kill.
    const args = ['--repl-diskless-sync-delay', '0', '--rdb-del-sync-files', 'yes']
    const server = new Server(await startRedis({ own: true, args }))
    await server.ready()
    return server
  }

  /** Rejects when the server does not answer. */
  command(name: string, ...args: readonly (string | number)[]): Promise<unknown> {
    return this.#client.call(name, ...args.map(String))
  }

  /** Several commands as one step; their answers, byte strings as they are. */
  async transaction(commands: readonly (readonly [string, ...string[]])[]): Promise<unknown[]> {
    const multi = this.#client.multi()
    for (const [name, ...args] of commands) multi.callBuffer(name, ...args)
    const results = await multi.exec()
    if (results === null) throw new Error('the transaction was aborted')
    return results.map(([error, result]) => {
      if (error !== null) throw error
      return result
    })
  }

  /** Waits until the connection works. */
  async ready(): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      const answered = await this.command('PING').then(
        () => true,
        () => false,
      )
      if (answered) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('The server does not answer')
  }

  /** A field of `INFO`. */
  async info(field: string): Promise<string> {
    const text = String(await this.command('INFO', 'everything'))
    return new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(text)?.[1] ?? ''
  }

  async stop(): Promise<void> {
    this.#client.disconnect()
    await this.handle.stop()
  }
}
