import type { LinkEvents, SubscriberLink } from '../client/subscriber-link.ts'
import type { NodeRedisLike } from './node-redis-like.ts'
import { OwnedNodeRedis } from './owned-node-redis.ts'

/** A {@link SubscriberLink} over a node-redis client that does not reconnect. */
export class NodeRedisLink implements SubscriberLink {
  readonly #client: NodeRedisLike
  readonly #owned: OwnedNodeRedis
  readonly #listener: (message: string, channel: string) => void

  private constructor(client: NodeRedisLike, owned: OwnedNodeRedis, events: LinkEvents) {
    this.#client = client
    this.#owned = owned
    this.#listener = (message, channel) => events.message(String(channel), String(message))
  }

  /** Connects a client that was made for this. */
  static async open(client: NodeRedisLike, events: LinkEvents, signal: AbortSignal): Promise<NodeRedisLink> {
    const owned = new OwnedNodeRedis(client)
    client.on('error', () => events.lost())
    client.on('end', () => events.lost())
    const giveUp = (): void => void owned.end()
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      await owned.connect()
    } catch (error) {
      await owned.end()
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
    return new NodeRedisLink(client, owned, events)
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    await this.#client.subscribe([...channels], this.#listener)
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.#client.unsubscribe(channel)
  }

  async ping(): Promise<void> {
    await this.#client.sendCommand(['PING'])
  }

  async close(): Promise<void> {
    await this.#owned.end()
  }
}
