import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { systemClock } from '@larder/core'
import { OneWay } from './one-way.ts'
import type { Passage } from './passage.ts'

/** How much of what a client says first is kept, in bytes. */
const OPENING_BYTES = 1024

const OPEN: Passage = { kind: 'open' }

/** Where a {@link TcpProxy} connects to. */
export interface TcpTarget {
  /** Default `127.0.0.1`. */
  readonly host?: string
  readonly port: number
}

/** What a {@link TcpProxy} does to connections; what is left out is `open`. */
export interface TcpWeather {
  /** From the client to the server. */
  readonly up?: Passage
  /** From the server to the client. */
  readonly down?: Passage
  /** Whether new connections are closed at once. Default `false`. */
  readonly refuse?: boolean
  /** The connections it applies to. Default all, also those opened later. Asked again as their `opening` grows. */
  readonly only?: (connection: TcpConnection) => boolean
}

/** A connection through a {@link TcpProxy}. */
export interface TcpConnection {
  /** The first kilobyte that the client sent: tells what it is for. */
  readonly opening: string
}

/**
 * A TCP proxy on a free loopback port that cuts, delays, holds, swallows and slices what passes, in either direction, or refuses to
 * connect. It keeps no limit on what it holds.
 */
export class TcpProxy implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #links = new Set<Link>()
  #target: TcpTarget
  #weather: TcpWeather = {}

  private constructor(server: Server, target: TcpTarget) {
    this.#server = server
    this.#target = target
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (client: Socket) => this.#accept(client))
  }

  /** Starts listening. Connections to a target that cannot be reached are accepted, then reset. */
  static start(target: TcpTarget): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => resolve(new TcpProxy(server, target)))
    })
  }

  /** Replaces what was in force before. Connections that lost bytes are reset. */
  set(weather: TcpWeather): void {
    this.#weather = weather
    for (const link of this.#links) {
      if (link.lossy) link.reset()
      else this.#apply(link)
    }
  }

  /** Lets everything pass again. */
  heal(): void {
    this.set({})
  }

  /** Resets the connections that are open now. */
  cut(only: (connection: TcpConnection) => boolean = () => true): void {
    for (const link of [...this.#links]) if (only(link)) link.reset()
  }

  /** Sends new connections elsewhere, and resets the others. */
  redirect(target: TcpTarget): void {
    this.#target = target
    this.cut()
  }

  /** Ends all connections and stops listening. Idempotent. */
  async close(): Promise<void> {
    this.cut()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(client: Socket): void {
    if (this.#weather.refuse === true) {
      client.on('error', () => {})
      client.resetAndDestroy()
      return
    }
    const { host = '127.0.0.1', port } = this.#target
    const server = connect({ host, port, allowHalfOpen: true, noDelay: true })
    const link: Link = new Link(client, server, () => this.#apply(link))
    this.#links.add(link)
    link.onClosed(() => this.#links.delete(link))
    this.#apply(link)
  }

  #apply(link: Link): void {
    const { up = OPEN, down = OPEN, only } = this.#weather
    const concerned = only === undefined || only(link)
    link.pass(concerned ? up : OPEN, concerned ? down : OPEN)
  }
}

/** The two sockets of a proxied connection. */
class Link implements TcpConnection {
  opening = ''
  readonly #client: Socket
  readonly #server: Socket
  readonly #up: OneWay
  readonly #down: OneWay

  /** `heard` is called when the opening has grown, before what made it grow is passed on. */
  constructor(client: Socket, server: Socket, heard: () => void) {
    this.#client = client
    this.#server = server
    client.on('data', (bytes: Buffer) => {
      if (this.opening.length >= OPENING_BYTES) return
      this.opening += bytes.toString('latin1', 0, OPENING_BYTES - this.opening.length)
      heard()
    })
    this.#up = new OneWay(client, server, systemClock)
    this.#down = new OneWay(server, client, systemClock)
    server.on('error', () => this.reset())
  }

  get lossy(): boolean {
    return this.#up.lossy || this.#down.lossy
  }

  pass(up: Passage, down: Passage): void {
    this.#up.passage = up
    this.#down.passage = down
  }

  reset(): void {
    this.#up.close()
    this.#down.close()
    this.#client.resetAndDestroy()
    this.#server.resetAndDestroy()
  }

  onClosed(closed: () => void): void {
    let open = 2
    const one = (): void => {
      if (--open === 0) closed()
    }
    this.#client.once('close', one)
    this.#server.once('close', one)
  }
}
