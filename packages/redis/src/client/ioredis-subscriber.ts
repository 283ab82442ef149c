import type { Clock } from '@larder/core/contracts'
import { endClient } from './end-client.ts'
import type { IoredisLike } from './ioredis-like.ts'
import type { RedisSubscriber, SubscriberEvents } from './redis-client.ts'

/** What an {@link IoredisSubscriber} is made of. */
export interface IoredisSubscriberParts {
  /** A client of the subscriber's own, not yet connected, with the settings of `ioredisSettings`. */
  readonly client: IoredisLike
  /** What the main client puts before its keys; scripts publish under the prefixed name. */
  readonly channelPrefix: string
  readonly events: SubscriberEvents
  readonly clock: Clock
  /** Whether channels belong to slots (`SSUBSCRIBE`). Default `false`. */
  readonly sharded?: boolean
}

/** A {@link RedisSubscriber} over an ioredis client. */
export class IoredisSubscriber implements RedisSubscriber {
  readonly #client: IoredisLike
  readonly #prefix: string
  readonly #clock: Clock
  readonly #sharded: boolean
  #closed = false

  constructor({ client, channelPrefix, events, clock, sharded = false }: IoredisSubscriberParts) {
    this.#client = client
    this.#prefix = channelPrefix
    this.#clock = clock
    this.#sharded = sharded
    // Without a listener ioredis prints; what a failing connection means is told by `ready` not coming.
    client.on('error', () => {})
    let ready = false
    client.on('ready', () => {
      ready = true
      events.ready()
    })
    client.on('close', () => {
      if (ready && !this.#closed) events.lost?.()
      ready = false
    })
    client.on(sharded ? 'smessage' : 'message', (channel, text) =>
      events.message(String(channel).slice(channelPrefix.length), String(text)),
    )
    client.connect().catch(() => {})
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    const prefixed = channels.map((channel) => this.#prefix + channel)
    await (this.#sharded ? this.#client.ssubscribe?.(...prefixed) : this.#client.subscribe(...prefixed))
  }

  async unsubscribe(channel: string): Promise<void> {
    const prefixed = this.#prefix + channel
    await (this.#sharded ? this.#client.sunsubscribe?.(prefixed) : this.#client.unsubscribe(prefixed))
  }

  async ping(): Promise<void> {
    // Unanswered, it also makes ioredis' socket timeout replace the connection: that one only runs while a reply is due.
    await this.#client.callBuffer('ping', [])
  }

  async close(): Promise<void> {
    this.#closed = true
    await endClient(this.#client, this.#clock)
  }
}
