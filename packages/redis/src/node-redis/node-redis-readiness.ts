import { errorMonitor } from 'node:events'
import { Attempt } from '../client/attempt.ts'
import type { ConnectionEvents } from '../client/redis-client.ts'
import { nodeRedisError } from './node-redis-error.ts'
import type { NodeRedisLike } from './node-redis-like.ts'

/**
 * Knows whether a node-redis client can send. A call made during the first connection attempt, or during the first one after a
 * connection was lost, may wait for it; while attempts keep failing, calls fail at once.
 */
export class NodeRedisReadiness {
  readonly #client: NodeRedisLike
  /** Opens a client of the adapter's own; a user's own client is opened by its user. */
  readonly #connect: (() => Promise<unknown>) | undefined
  #attempt: Attempt | undefined
  /** The last attempt failed. */
  #failed = false
  /** The connection that is lost next is one that worked. */
  #wasReady: boolean
  /** The error that ended it. */
  #lostBy: unknown
  #closed = false
  #failure: unknown
  #events: ConnectionEvents | undefined

  constructor(client: NodeRedisLike, connect?: () => Promise<unknown>) {
    this.#client = client
    this.#connect = connect
    this.#wasReady = client.isReady
    client.on('ready', this.#onReady)
    // Only watches: a client without a listener for errors still throws them, as its user has it.
    client.on(errorMonitor, this.#onError)
    client.on('end', this.#onEnd)
  }

  /** Stops listening to the client. */
  close(): void {
    this.#closed = true
    this.#client.off('ready', this.#onReady)
    this.#client.off(errorMonitor, this.#onError)
    this.#client.off('end', this.#onEnd)
    this.#fail(undefined)
  }

  /** Starts telling of the connection. */
  listen(events: ConnectionEvents): void {
    this.#events = events
  }

  /** `undefined` while the client is ready; else as `RedisClient.ready`. */
  ready(): Promise<void> | undefined {
    if (this.#client.isReady) return undefined
    if (this.#closed || this.#failed) return Promise.reject(this.#reason())
    if (!this.#client.isOpen) {
      if (this.#connect === undefined) return Promise.reject(new Error('The client is not open: call its connect()'))
      // The outcome arrives as an event.
      this.#connect().catch(() => {})
    }
    this.#attempt ??= new Attempt()
    return this.#attempt.outcome
  }

  readonly #onReady = (): void => {
    this.#wasReady = true
    this.#failed = false
    this.#failure = undefined
    const attempt = this.#attempt
    this.#attempt = undefined
    attempt?.resolve()
    this.#events?.connected()
  }

  readonly #onError = (error: unknown): void => {
    // A ping of the library's own that was under way tells the same error once more.
    if (this.#client.isReady || error === this.#lostBy) return
    const lostConnection = this.#wasReady
    this.#wasReady = false
    this.#lostBy = error
    // The attempt to replace it begins now.
    if (!lostConnection || !this.#client.isOpen) this.#fail(error)
    if (lostConnection) this.#events?.disconnected()
  }

  readonly #onEnd = (): void => this.#fail(undefined)

  #fail(error: unknown): void {
    this.#failed = true
    this.#failure = nodeRedisError(error) ?? this.#failure
    const attempt = this.#attempt
    this.#attempt = undefined
    attempt?.reject(this.#reason())
  }

  #reason(): unknown {
    return this.#failure ?? new Error('Connection is closed.')
  }
}
