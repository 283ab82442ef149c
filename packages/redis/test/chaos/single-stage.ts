import { TcpProxy } from '@larder/testing'
import type { RedisOptions } from '../../src/index.ts'
import { LIMITS } from './limits.ts'
import { Server } from './server.ts'
import type { Stage } from './stage.ts'

/** Two servers, of which one serves, and a proxy before it for each node. */
export class SingleStage implements Stage {
  readonly proxies: readonly TcpProxy[]
  readonly connections: readonly RedisOptions[]
  readonly #servers: [primary: Server, spare: Server]

  private constructor(servers: [Server, Server], proxies: readonly TcpProxy[]) {
    this.#servers = servers
    this.proxies = proxies
    this.connections = proxies.map(({ port }) => ({ host: '127.0.0.1', port }))
  }

  static async start(): Promise<SingleStage> {
    const servers: [Server, Server] = [await Server.start(), await Server.start()]
    const port = servers[0].handle.port
    const proxies = await Promise.all(Array.from({ length: LIMITS.nodes }, () => TcpProxy.start({ port })))
    return new SingleStage(servers, proxies)
  }

  /** The server that nodes reach. */
  get primary(): Server {
    return this.#servers[0]
  }

  get spare(): Server {
    return this.#servers[1]
  }

  /** Turns all nodes to the spare server, which becomes the primary. */
  swap(): void {
    this.#servers.reverse()
    for (const proxy of this.proxies) proxy.redirect({ port: this.primary.handle.port })
  }

  command(name: string, ...args: readonly (string | number)[]): Promise<unknown> {
    return this.primary.command(name, ...args)
  }

  transaction(commands: readonly (readonly [string, ...string[]])[]): Promise<unknown[]> {
    return this.primary.transaction(commands)
  }

  async look(
    values: readonly string[],
    marks: readonly string[],
  ): Promise<{ values: (Buffer | null)[]; marks: (Buffer | null)[] }> {
    const replies = await this.primary.transaction([
      ['MGET', ...values],
      ['MGET', ...marks],
    ])
    const [found, present] = replies as [(Buffer | null)[], (Buffer | null)[]]
    return { values: found, marks: present }
  }

  async stop(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.close()))
    await Promise.all(this.#servers.map((server) => server.stop()))
  }
}
