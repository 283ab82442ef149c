import type { Server } from './client/server.ts'
import { Ring } from '@larder/core/contracts'

/**
 * The servers, and which of them has a key. A server that cannot be reached keeps its keys: were they given to another one, what it still holds would come
 * back with it.
 */
export class Servers {
  readonly all: readonly Server[]
  readonly #ring: Ring

  constructor(servers: readonly Server[]) {
    this.all = servers
    this.#ring = new Ring(servers.map(({ name }) => name))
  }

  /** The server of an entry's key, as stores know it. */
  of(key: string): Server {
    return this.all[this.#ring.locate(key)] as Server
  }

  /** Largest item that all of them take, in bytes, as far as is known. */
  get maxItemBytes(): number {
    return Math.min(...this.all.map((server) => server.maxItemBytes))
  }

  close(): void {
    for (const server of this.all) server.close()
  }
}
