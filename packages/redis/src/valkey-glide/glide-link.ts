import { GlideClient } from '@valkey/valkey-glide'
import type { GlideClientConfiguration } from '@valkey/valkey-glide'
import type { LinkEvents, SubscriberLink } from '../client/subscriber-link.ts'
import { glideError } from './glide-error.ts'

/** How often GLIDE compares what is subscribed with what should be, in milliseconds. */
const RECONCILE_MS = 1000

/**
 * A {@link SubscriberLink} over a GLIDE client. GLIDE reconnects by itself and does not tell: that messages were missed shows in the
 * number that the server gave the connection.
 */
export class GlideLink implements SubscriberLink {
  readonly #client: GlideClient
  readonly #id: string
  readonly #timeoutMs: number

  private constructor(client: GlideClient, id: string, timeoutMs: number) {
    this.#client = client
    this.#id = id
    this.#timeoutMs = timeoutMs
  }

  static async open(
    configuration: GlideClientConfiguration,
    events: LinkEvents,
    timeoutMs: number,
  ): Promise<GlideLink> {
    const { protocol: _, ...others } = configuration
    const client = await GlideClient.createClient({
      ...others,
      lazyConnect: false,
      pubsubSubscriptions: {
        channelsAndPatterns: {},
        callback: ({ channel, message }) => events.message(String(channel), String(message)),
      },
      advancedConfiguration: { ...others.advancedConfiguration, pubsubReconciliationIntervalMs: RECONCILE_MS },
    })
    return new GlideLink(client, await connectionId(client), timeoutMs)
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    await this.#client.subscribe(channels, this.#timeoutMs)
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.#client.unsubscribe([channel], this.#timeoutMs)
  }

  async ping(): Promise<void> {
    if ((await connectionId(this.#client)) !== this.#id) throw new Error('Connection is closed.')
  }

  async close(): Promise<void> {
    this.#client.close()
  }
}

/** The server's number of a connection; nothing where the user may not ask for it. */
async function connectionId(client: GlideClient): Promise<string> {
  try {
    return JSON.stringify(await client.customCommand(['CLIENT', 'ID']))
  } catch (error) {
    const known = glideError(error)
    if (!(known instanceof Error && known.message.startsWith('NOPERM'))) throw error
    await client.customCommand(['PING'])
    return ''
  }
}
