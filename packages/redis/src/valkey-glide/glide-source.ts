import type { Clock, Random } from '@larder/core/contracts'
import { backoff } from '../client/backoff.ts'
import type { ConnectionEvents } from '../client/redis-client.ts'
import { glideError } from './glide-error.ts'
import type { GlideLike } from './glide-like.ts'

/** Where an adapter gets its client from. */
export interface GlideSource<Client extends GlideLike = GlideLike> {
  /** The client, if there is one now. */
  readonly client: Client | undefined
  /** As `RedisClient.ready`; afterwards there is one. */
  ready(): Promise<unknown> | undefined
  /** Starts telling of clients that are made, and given up. */
  listen(events: ConnectionEvents): void
  /** Gives up a client that proved dead, if it may be replaced. */
  replace(): void
  /** Ends the client if it is the adapter's own. */
  close(): void
}

/** A user's own client. */
export function givenGlide<Client extends GlideLike>(client: Client): GlideSource<Client> {
  return { client, ready: () => undefined, listen: () => {}, replace: () => {}, close: () => {} }
}

/** What a {@link MadeGlide} is made of. */
export interface MadeGlideParts<Client> {
  readonly make: () => Promise<Client>
  readonly clock: Clock
  readonly random: Random
}

/**
 * A client that is made for the first call. Making one again is put off after each failure, and what is called meanwhile fails at
 * once.
 */
export class MadeGlide<Client extends GlideLike> implements GlideSource<Client> {
  readonly #parts: MadeGlideParts<Client>
  #client: Client | undefined
  #making: Promise<Client> | undefined
  #failure: { readonly reason: unknown; readonly retryAt: number } | undefined
  #attempts = 0
  #events: ConnectionEvents | undefined
  #closed = false

  constructor(parts: MadeGlideParts<Client>) {
    this.#parts = parts
  }

  get client(): Client | undefined {
    return this.#client
  }

  ready(): Promise<unknown> | undefined {
    if (this.#client !== undefined) return undefined
    if (this.#closed) return Promise.reject(new Error('Connection is closed.'))
    if (this.#failure === undefined) return this.made()
    if (this.#parts.clock.monotonic() >= this.#failure.retryAt) this.made().catch(() => {})
    return Promise.reject(this.#failure.reason)
  }

  /** Makes the client unless there is one; rejects if that fails. */
  made(): Promise<Client> {
    if (this.#client !== undefined) return Promise.resolve(this.#client)
    return (this.#making ??= this.#make().finally(() => {
      this.#making = undefined
    }))
  }

  listen(events: ConnectionEvents): void {
    this.#events = events
  }

  replace(): void {
    if (this.#client === undefined) return
    this.#client.close()
    this.#client = undefined
    this.#events?.disconnected()
  }

  close(): void {
    this.#closed = true
    this.#client?.close()
    this.#client = undefined
  }

  async #make(): Promise<Client> {
    const { make, clock, random } = this.#parts
    if (this.#closed) throw new Error('Connection is closed.')
    try {
      const client = await make()
      if (this.#closed) {
        client.close()
        throw new Error('Connection is closed.')
      }
      this.#client = client
      this.#failure = undefined
      this.#attempts = 0
      this.#events?.connected()
      return client
    } catch (error) {
      const reason = glideError(error)
      this.#failure = { reason, retryAt: clock.monotonic() + backoff(this.#attempts++, random) }
      throw reason
    }
  }
}
