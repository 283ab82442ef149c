import { Attempt } from './attempt.ts'
import type { IoredisLike } from './ioredis-like.ts'
import type { ConnectionEvents } from './redis-client.ts'

/** A client whose state can be followed: a plain one, or one of a cluster. */
type Followed = Pick<IoredisLike, 'status' | 'connect' | 'on' | 'off'>

/**
 * Knows whether an ioredis client can send. A call made during the first connection attempt, or during the first one after a
 * connection was lost, may wait for it; while attempts keep failing, calls fail at once.
 */
export class IoredisReadiness {
  readonly #client: Followed
  /** The attempt under way, while there is reason to hope for it. */
  #attempt: Attempt | undefined
  /** The last attempt failed. */
  #failed = false
  /** The connection that closes next is one that worked. */
  #wasReady: boolean
  #failure: unknown
  #events: ConnectionEvents | undefined

  constructor(client: Followed) {
    this.#client = client
    this.#wasReady = client.status === 'ready'
    client.on('ready', this.#onReady)
    client.on('close', this.#onClose)
    client.on('end', this.#onEnd)
  }

  /** Stops listening to the client. */
  close(): void {
    this.#client.off('ready', this.#onReady)
    this.#client.off('close', this.#onClose)
    this.#client.off('end', this.#onEnd)
    this.#onEnd()
  }

  /** Notes why the connection fails. */
  fail(reason: unknown): void {
    this.#failure = reason
  }

  /** Starts telling of the connection. */
  listen(events: ConnectionEvents): void {
    this.#events = events
  }

  /** Notes that the attempt under way will go on for nobody knows how long: calls fail at once until it has come to something. */
  giveUp(reason: unknown): void {
    this.#failure = reason
    if (this.#client.status !== 'ready') this.#onEnd()
  }

  /** `undefined` while the client is ready; else as `RedisClient.ready`. */
  ready(): Promise<void> | undefined {
    const { status } = this.#client
    if (status === 'ready') return undefined
    if (status === 'end' || this.#failed) return Promise.reject(this.#reason())
    // The outcome arrives as an event.
    if (status === 'wait') this.#client.connect().catch(() => {})
    this.#attempt ??= new Attempt()
    return this.#attempt.outcome
  }

  readonly #onReady = (): void => {
    this.#wasReady = true
    this.#failed = false
    this.#failure = undefined
    this.#settle()
    this.#events?.connected()
  }

  readonly #onClose = (): void => {
    const lostConnection = this.#wasReady
    this.#wasReady = false
    if (lostConnection) this.#events?.disconnected()
    else this.#onEnd()
  }

  readonly #onEnd = (): void => {
    this.#failed = true
    this.#settle()
  }

  #settle(): void {
    const attempt = this.#attempt
    this.#attempt = undefined
    if (this.#client.status === 'ready') attempt?.resolve()
    else attempt?.reject(this.#reason())
  }

  #reason(): unknown {
    return this.#failure ?? new Error('Connection is closed.')
  }
}
