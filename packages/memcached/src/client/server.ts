import { connect as connectPlain } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { StoreUnavailableError } from '@larder/core'
import type { Clock, Random } from '@larder/core/contracts'
import type { Address } from './address.ts'
import { Connection } from './connection.ts'
import { greet } from './greet.ts'

/** First and longest pause after a failure, in milliseconds; it doubles in between. */
const PAUSE = { first: 50, longest: 2000 }

/** Room for a value beside the item limit, which counts the key and the header. */
const SLACK_BYTES = 4096

/** What connections to servers are made with. */
export interface ServerParts {
  readonly timeoutMs: number
  readonly tls: ConnectionOptions | undefined
  readonly credentials: string | undefined
  readonly maxItemBytes: number
  readonly clock: Clock
  readonly random: Random
}

/**
 * One server and the connection to it, which the first call opens. After a failure calls are refused at once until a pause is over; the next one then
 * connects again. Nothing is kept to be sent later.
 */
export class Server {
  readonly name: string
  /** What the server takes at most, as far as it is known. */
  maxItemBytes: number
  readonly #address: Address
  readonly #parts: ServerParts
  #connection: Connection | undefined
  #opening: Promise<Connection> | undefined
  #socket: Socket | undefined
  #failures = 0
  #retryAt = -Infinity
  #reason = ''
  #closed = false

  constructor(address: Address, parts: ServerParts) {
    this.name = address.name
    this.maxItemBytes = parts.maxItemBytes
    this.#address = address
    this.#parts = parts
  }

  /** The open connection, or one to come. Rejects with `StoreUnavailableError`. */
  connection(): Promise<Connection> {
    if (this.#closed)
      return Promise.reject(
        new StoreUnavailableError('The memcached backend was closed; make a new one with memcached()'),
      )
    if (this.#connection?.open === true) return Promise.resolve(this.#connection)
    if (this.#opening !== undefined) return this.#opening
    if (this.#parts.clock.monotonic() < this.#retryAt) return Promise.reject(this.#unreachable())
    this.#opening = this.#open().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  /** A call was not answered in time: a connection on which nothing moves is given up. */
  overdue(): void {
    // Half of the call's time: it may have waited for the connection.
    this.#connection?.endIfSilent(this.#parts.timeoutMs / 2)
  }

  /** Ends the connection; later calls are refused. */
  close(): void {
    this.#closed = true
    this.#connection?.end('the backend was closed')
    this.#socket?.destroy()
  }

  async #open(): Promise<Connection> {
    const { clock, timeoutMs, credentials, maxItemBytes } = this.#parts
    let connection: Connection | undefined
    const socket = this.#dial()
    this.#socket = socket
    const timer = clock.after(timeoutMs, () => socket.destroy(new Error('no answer in time')))
    try {
      connection = await this.#join(socket)
      const { itemBytes } = await greet(connection, credentials)
      if (this.#closed) throw new Error('the backend was closed')
      this.maxItemBytes = Math.min(maxItemBytes, itemBytes ?? maxItemBytes)
      this.#failures = 0
      this.#connection = connection
      return connection
    } catch (error) {
      connection?.end('it was of no use')
      socket.destroy()
      this.#failed(error as NodeJS.ErrnoException)
      throw this.#unreachable()
    } finally {
      timer.cancel()
    }
  }

  #dial(): Socket {
    const { tls } = this.#parts
    const target = 'path' in this.#address ? { path: this.#address.path } : withHost(this.#address)
    // The name is checked against the certificate; an address is not sent as one.
    const servername = 'host' in target && !/^[\d.]+$|:/.test(target.host) ? { servername: target.host } : {}
    return tls === undefined ? connectPlain(target) : connectTls({ ...target, ...servername, ...tls })
  }

  #join(socket: Socket): Promise<Connection> {
    const { clock, tls, maxItemBytes } = this.#parts
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 30_000)
    return new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('the connection was closed')))
      socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
        const mostBytes = maxItemBytes + SLACK_BYTES
        const connection: Connection = new Connection({
          socket,
          clock,
          mostBytes,
          onEnd: (error) => {
            if (this.#connection === connection) this.#failed(error)
          },
        })
        resolve(connection)
      })
    })
  }

  #failed(error: NodeJS.ErrnoException): void {
    this.#connection = undefined
    const { clock, random } = this.#parts
    const pause = Math.min(PAUSE.longest, PAUSE.first * 2 ** Math.min(this.#failures++, 10))
    this.#retryAt = clock.monotonic() + pause * (0.5 + random.fraction() / 2)
    this.#reason = error.code === undefined || error instanceof StoreUnavailableError ? error.message : error.code
  }

  #unreachable(): StoreUnavailableError {
    return new StoreUnavailableError(`The Memcached server ${this.name} cannot be used: ${this.#reason}`)
  }
}

function withHost({ host, port }: { readonly host: string; readonly port: number }): { host: string; port: number } {
  return { host, port }
}
