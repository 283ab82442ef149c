import type { NodeRedisLike } from './node-redis-like.ts'

/**
 * Opens and ends a client that is the adapter's own. A client that is ended while it connects would go on, and stay connected with
 * nothing left to end it by: it is ended when that has succeeded or failed.
 */
export class OwnedNodeRedis {
  readonly #client: NodeRedisLike
  #connecting = false
  #afterwards: (() => void) | undefined

  constructor(client: NodeRedisLike) {
    this.#client = client
    // Without a listener an error would end the process.
    client.on('error', this.#onOutcome)
    client.on('connect', this.#onOutcome)
    client.on('reconnecting', () => {
      this.#connecting = true
    })
  }

  connect(): Promise<unknown> {
    this.#connecting = true
    return this.#client.connect()
  }

  /** Ends it now; what was not answered rejects. It can be connected again. */
  destroy(): void {
    try {
      this.#client.destroy()
    } catch {
      // Version 5 throws when there is nothing to end.
    }
  }

  /** Ends it for good; bounded by the client's `connectTimeout`. */
  async end(): Promise<void> {
    if (this.#connecting) await new Promise<void>((resolve) => (this.#afterwards = resolve))
    else this.destroy()
  }

  readonly #onOutcome = (): void => {
    this.#connecting = false
    if (this.#afterwards === undefined) return
    this.destroy()
    this.#afterwards()
  }
}
