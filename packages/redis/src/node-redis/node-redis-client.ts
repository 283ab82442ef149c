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
import { UnderWay } from '../client/under-way.ts'
import { Watchdog } from '../client/watchdog.ts'
import { isTimeout, nodeRedisError } from './node-redis-error.ts'
import type { NodeRedisLike } from './node-redis-like.ts'
import { NodeRedisLink } from './node-redis-link.ts'
import { NodeRedisReadiness } from './node-redis-readiness.ts'
import { nodeRedisLinkOverrides } from './node-redis-settings.ts'
import { OwnedNodeRedis } from './owned-node-redis.ts'

/** Simple, bulk and verbatim strings, by the character that announces each of them. */
const STRINGS_AS_BUFFERS = { 43: Buffer, 36: Buffer, 61: Buffer }

/** What a {@link NodeRedisClient} is made of. */
export interface NodeRedisClientParts {
  readonly client: NodeRedisLike
  /** Whether the adapter opened it, and so may listen to its errors, replace its connection and end it. */
  readonly owned: boolean
  readonly timeoutMs: number
  readonly clock: Clock
  readonly random: Random
}

/** A {@link RedisClient} over a node-redis client. */
export class NodeRedisClient implements RedisClient {
  readonly #parts: NodeRedisClientParts
  readonly #readiness: NodeRedisReadiness
  readonly #options: object
  readonly #owned: OwnedNodeRedis | undefined
  readonly #watchdog: Watchdog | undefined
  readonly #underWay = new UnderWay()
  #closed = false

  constructor(parts: NodeRedisClientParts) {
    const { client, owned, timeoutMs, clock } = parts
    this.#parts = parts
    this.#owned = owned ? new OwnedNodeRedis(client) : undefined
    this.#readiness = new NodeRedisReadiness(client, this.#owned?.connect.bind(this.#owned))
    // The library's timeout takes back what was not written yet, so that nothing is sent for a caller that has been told of a failure.
    // In version 5 that can leave its queue stuck, from which only a new connection helps, and a user's own is not ours to replace.
    this.#options = owned
      ? { typeMapping: STRINGS_AS_BUFFERS, timeout: timeoutMs }
      : { typeMapping: STRINGS_AS_BUFFERS }
    if (owned)
      this.#watchdog = new Watchdog({ limitMs: linkLimit(timeoutMs), clock, silent: () => this.#replaceConnection() })
  }

  ready(): Promise<void> | undefined {
    return this.#readiness.ready()
  }

  async send(command: string, args: readonly Argument[]): Promise<unknown> {
    this.#watchdog?.asked()
    try {
      const answer = await this.#underWay.follow(this.#parts.client.sendCommand([command, ...args], this.#options))
      this.#watchdog?.answered()
      return answer
    } catch (error) {
      if (isTimeout(error)) this.#watchdog?.unanswered()
      else this.#watchdog?.answered()
      throw nodeRedisError(error)
    }
  }

  subscriber(events: SubscriberEvents): RedisSubscriber {
    const { client, timeoutMs, clock, random } = this.#parts
    const overrides = nodeRedisLinkOverrides(client, timeoutMs)
    return new RenewedSubscriber({
      open: (linkEvents, signal) =>
        NodeRedisLink.open(client.duplicate(overrides) as NodeRedisLike, linkEvents, signal),
      events,
      limitMs: linkLimit(timeoutMs),
      clock,
      random,
    })
  }

  listen(events: ConnectionEvents): void {
    this.#readiness.listen(events)
  }

  async close(): Promise<void> {
    const { client, timeoutMs, clock } = this.#parts
    this.#closed = true
    // Not by the client's own close(): version 5 cannot be ended any more while it waits for answers.
    if (this.#owned !== undefined && client.isReady) await this.#underWay.settled(timeoutMs, clock)
    this.#readiness.close()
    this.#watchdog?.stop()
    await this.#owned?.end()
  }

  /** Only while it is ready: the client's own attempts to connect cannot be stopped, and two at a time would share its state. */
  #replaceConnection(): void {
    if (this.#closed || !this.#parts.client.isReady) return
    this.#owned?.destroy()
    this.#owned?.connect().catch(() => {})
  }
}
