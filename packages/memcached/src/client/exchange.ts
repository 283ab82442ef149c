import type { Command, Connection } from './connection.ts'
import type { Reply } from './reply.ts'

/**
 * What one call does on one connection. All its commands go over that connection: a compare-and-set value is only good on the connection it was read
 * on, since a server that restarts counts them anew. Once the caller was told that the call is late, nothing more is sent for it.
 */
export class Exchange {
  late = false
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  send(command: Command): Promise<Reply> {
    if (this.late) return Promise.reject(new Error('the caller was told that this failed'))
    return this.#connection.send(command)
  }
}
