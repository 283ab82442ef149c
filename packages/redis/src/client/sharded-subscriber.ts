import type { Clock } from '@larder/core/contracts'
import calculateSlot from 'cluster-key-slot'
import type { RedisSubscriber, SubscriberEvents } from './redis-client.ts'

/** Servers asked for one channel before giving up until the next heartbeat. */
const MOST_HOPS = 5

/** What a {@link ShardedSubscriber} is made of. */
export interface ShardedSubscriberParts {
  /** Addresses of the present primaries, `<host>:<port>`; rejects while none can be reached. */
  readonly primaries: () => Promise<readonly string[]>
  /** Opens a connection to one server. */
  readonly open: (address: string, events: SubscriberEvents) => RedisSubscriber
  readonly events: SubscriberEvents
  readonly clock: Clock
  /** Longest wait for a connection, in milliseconds. */
  readonly timeoutMs: number
}

/** A connection to one server, and the channels that it confirmed. */
interface Link {
  readonly subscriber: RedisSubscriber
  readonly channels: Set<string>
  readonly connected: Promise<void>
}

/**
 * A {@link RedisSubscriber} for a cluster: a channel belongs to the slot of its name, and is heard at the server of that slot only. Has one
 * connection to each server that has a channel. With every heartbeat all channels are subscribed anew: a server that no longer has the
 * slot says where it went.
 */
export class ShardedSubscriber implements RedisSubscriber {
  readonly #parts: ShardedSubscriberParts
  readonly #links = new Map<string, Link>()
  /** Where channels were last, or are said to be. */
  readonly #homes = new Map<string, string>()
  readonly #wanted = new Set<string>()
  #turn = 0
  #closed = false

  constructor(parts: ShardedSubscriberParts) {
    this.#parts = parts
    queueMicrotask(() => parts.events.ready())
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    for (const channel of channels) this.#wanted.add(channel)
    await Promise.all(channels.map((channel) => this.#place(channel)))
  }

  async unsubscribe(channel: string): Promise<void> {
    this.#wanted.delete(channel)
    const link = this.#links.get(this.#homes.get(channel) ?? '')
    this.#homes.delete(channel)
    if (link?.channels.delete(channel) === true) await link.subscriber.unsubscribe(channel)
  }

  async ping(): Promise<void> {
    await Promise.all([...this.#links].map(([address, link]) => this.#check(address, link)))
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#links.values()].map(({ subscriber }) => subscriber.close()))
  }

  async #place(channel: string): Promise<void> {
    let address = this.#homes.get(channel) ?? (await this.#somePrimary())
    for (let hop = 0; hop < MOST_HOPS && !this.#closed; hop++) {
      try {
        const link = this.#link(address)
        await link.connected
        await link.subscriber.subscribe([channel])
        link.channels.add(channel)
        this.#homes.set(channel, address)
        if (!this.#wanted.has(channel)) await this.unsubscribe(channel)
        return
      } catch (error) {
        this.#homes.delete(channel)
        const target = movedTo(error, address)
        if (target === undefined) throw error
        address = target
      }
    }
    throw new Error(`No server has the channel ${channel}`)
  }

  /** Another one each time: one that is dead must not be asked for ever. */
  async #somePrimary(): Promise<string> {
    const primaries = await this.#parts.primaries()
    const address = primaries[this.#turn++ % primaries.length]
    if (address === undefined) throw new Error('Connection is closed.')
    return address
  }

  #link(address: string): Link {
    const known = this.#links.get(address)
    if (known !== undefined) return known
    const { events, clock, timeoutMs } = this.#parts
    const channels = new Set<string>()
    let arrived = (): void => {}
    const connected = new Promise<void>((resolve, reject) => {
      const timer = clock.after(timeoutMs, () => reject(new Error('Connection is closed.')), 'background')
      arrived = () => {
        timer.cancel()
        resolve()
      }
    })
    connected.catch(() => this.#drop(address))
    const subscriber = this.#parts.open(address, {
      ready: () => {
        arrived()
        this.#lose(channels)
      },
      lost: () => events.lost?.(),
      message: (channel, text) => events.message(channel, text),
    })
    const link = { subscriber, channels, connected }
    this.#links.set(address, link)
    return link
  }

  /** Proves that a server still has the channels that it confirmed. One that no channel is left at is let go. */
  async #check(address: string, link: Link): Promise<void> {
    await link.connected.catch(() => {})
    if (link.channels.size === 0) return this.#drop(address)
    const slots = new Map<number, string[]>()
    for (const channel of link.channels) {
      const slot = calculateSlot(channel)
      slots.set(slot, [...(slots.get(slot) ?? []), channel])
    }
    await Promise.all(
      [...slots.values()].map((channels) =>
        link.subscriber.subscribe(channels).catch((error: unknown) => {
          const target = movedTo(error, address)
          for (const channel of channels) {
            link.channels.delete(channel)
            if (target === undefined) this.#homes.delete(channel)
            else this.#homes.set(channel, target)
          }
          this.#parts.events.gone?.(channels.filter((channel) => this.#wanted.has(channel)))
        }),
      ),
    )
  }

  #lose(channels: Set<string>): void {
    const lost = [...channels]
    channels.clear()
    if (lost.length > 0) this.#parts.events.gone?.(lost)
  }

  #drop(address: string): void {
    const link = this.#links.get(address)
    this.#links.delete(address)
    void link?.subscriber.close()
  }
}

/** Where the server says that the slot is; it leaves its own host out. */
function movedTo(error: unknown, from: string): string | undefined {
  const [, host, port] = /^MOVED \d+ (.*):(\d+)/.exec(error instanceof Error ? error.message : '') ?? []
  if (port === undefined) return undefined
  return `${host === '' ? from.slice(0, from.lastIndexOf(':')) : host}:${port}`
}
