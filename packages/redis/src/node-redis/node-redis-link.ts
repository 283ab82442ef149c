import type { LinkEvents, SubscriberLink } from '../client/subscriber-link.ts'
import { destroyClient } from './destroy-client.ts'
import type { NodeRedisLike } from './node-redis-like.ts'

/** A {@link SubscriberLink} over a node-redis client that does not reconnect. */
export class NodeRedisLink implements SubscriberLink {
  readonly #client: NodeRedisLike
  readonly #listener: (message: string, channel: string) => void

  private constructor(client: NodeRedisLike, events: LinkEvents) {
    this.#client = client
    this.#listener = (message, channel) => events.message(String(channel), String(message))
  }

  /** Connects a client that was made for this. */
  static async open(client: NodeRedisLike, events: LinkEvents, signal: AbortSignal): Promise<NodeRedisLink> {
    // Without a listener an error would end the process.
    client.on('error', () => events.lost())
    client.on('end', () => events.lost())
    const giveUp = (): void => destroyClient(client)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      await client.connect()
    } catch (error) {
      destroyClient(client)
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
    return new NodeRedisLink(client, events)
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
    destroyClient(this.#client)
  }
}
