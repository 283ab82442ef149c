import type { Clock, Random } from '@larder/core/contracts'
import { linkLimit } from '../client/link-limit.ts'
import type {
  Argument,
  ConnectionEvents,
  RedisClient,
  RedisSubscriber,
  SubscriberEvents,
} from '../client/redis-client.ts'
import { RenewedSubscriber } from '../client/renewed-subscriber.ts'
import type { OpenLink } from '../client/subscriber-link.ts'
import { UnderWay } from '../client/under-way.ts'
import { Watchdog } from '../client/watchdog.ts'
import { glideError, isTimeout } from './glide-error.ts'
import type { GlideSource } from './glide-source.ts'

/** `Decoder.Bytes`: strings in replies are buffers. */
const AS_BYTES = { decoder: 0 }

/** What a {@link GlideAdapter} is made of. */
export interface GlideAdapterParts {
  readonly source: GlideSource
  readonly openLink: OpenLink
  readonly timeoutMs: number
  readonly clock: Clock
  readonly random: Random
}

/** A {@link RedisClient} over a GLIDE client. */
export class GlideAdapter implements RedisClient {
  readonly #parts: GlideAdapterParts
  readonly #watchdog: Watchdog
  readonly #underWay = new UnderWay()

  constructor(parts: GlideAdapterParts) {
    const { source, timeoutMs, clock } = parts
    this.#parts = parts
    this.#watchdog = new Watchdog({ limitMs: linkLimit(timeoutMs), clock, silent: () => source.replace() })
  }

  ready(): Promise<void> | undefined {
    return this.#parts.source.ready() as Promise<void> | undefined
  }

  async send(command: string, args: readonly Argument[]): Promise<unknown> {
    const { client } = this.#parts.source
    if (client === undefined) throw new Error('Connection is closed.')
    this.#watchdog.asked()
    try {
      const answer = await this.#underWay.follow(client.customCommand([command, ...args], AS_BYTES))
      this.#watchdog.answered()
      return answer
    } catch (error) {
      if (isTimeout(error)) this.#watchdog.unanswered()
      else this.#watchdog.answered()
      throw glideError(error)
    }
  }

  subscriber(events: SubscriberEvents): RedisSubscriber {
    const { openLink, timeoutMs, clock, random } = this.#parts
    return new RenewedSubscriber({ open: openLink, events, limitMs: linkLimit(timeoutMs), clock, random })
  }

  listen(events: ConnectionEvents): void {
    this.#parts.source.listen(events)
  }

  async close(): Promise<void> {
    const { source, timeoutMs, clock } = this.#parts
    // Lets the commands under way be answered.
    await this.#underWay.settled(timeoutMs, clock)
    this.#watchdog.stop()
    source.close()
  }
}
