import type { Clock, Tail, TailListener, Timer } from '@larder/core/contracts'
import type { RedisSubscriber, SubscriberEvents } from './client/redis-client.ts'
import { recordOfMessage } from './journal-record.ts'

const HEARTBEAT_MS = 1000

/** Opens the connection that hears messages. */
export type OpenSubscriber = (events: SubscriberEvents) => RedisSubscriber

/** What {@link Tails} are made of. */
export interface TailsParts {
  readonly open: OpenSubscriber
  readonly clock: Clock
  /** Subscribe to each channel by itself: one that is out of reach is no reason to miss the others. Default `false`. */
  readonly oneByOne?: boolean
}

/**
 * The listeners of this backend, on one connection that is opened for the first of them. A listener is told to `resync` each time
 * the server has confirmed its channel: from then on it misses nothing until the connection is lost, and then it is told again.
 */
export class Tails {
  readonly #open: OpenSubscriber
  readonly #clock: Clock
  readonly #oneByOne: boolean
  readonly #channels = new Map<string, Set<TailListener>>()
  /** Channels that the present connection still has to confirm. */
  readonly #unconfirmed = new Set<string>()
  #subscriber: RedisSubscriber | undefined
  #heartbeat: Timer | undefined
  #closed = false

  constructor(parts: TailsParts) {
    this.#open = parts.open
    this.#clock = parts.clock
    this.#oneByOne = parts.oneByOne ?? false
  }

  /** Starts telling a listener of the messages of a channel. After `close()` it hears nothing. */
  add(channel: string, listener: TailListener): Tail {
    if (this.#closed) return { close: async () => {} }
    // One entry per call, even if a listener is added twice.
    const entry: TailListener = { record: (record) => listener.record(record), resync: () => listener.resync() }
    const listeners = this.#channels.get(channel)
    if (listeners === undefined) this.#channels.set(channel, new Set([entry]))
    else listeners.add(entry)
    if (this.#subscriber === undefined) this.#connect()
    else this.#confirm([channel])
    return { close: () => this.#remove(channel, entry) }
  }

  /** Ends all of them and the connection. */
  async close(): Promise<void> {
    this.#closed = true
    this.#channels.clear()
    this.#heartbeat?.cancel()
    await this.#subscriber?.close()
  }

  #connect(): void {
    this.#subscriber = this.#open({
      ready: () => this.#confirm([...this.#channels.keys()]),
      gone: (channels) => this.#confirm(channels.filter((channel) => this.#channels.has(channel))),
      message: (channel, text) => this.#push(channel, text),
    })
    this.#beat()
  }

  #push(channel: string, text: string): void {
    const record = recordOfMessage(text)
    this.#tell(channel, (listener) => (record === undefined ? listener.resync() : listener.record(record)))
  }

  /** A listener that throws is reported, and keeps neither the others nor the connection from their work. */
  #tell(channel: string, tell: (listener: TailListener) => void): void {
    for (const listener of [...(this.#channels.get(channel) ?? [])]) {
      try {
        tell(listener)
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error))
      }
    }
  }

  /** Subscribes; a refusal is tried again with each heartbeat. */
  #confirm(channels: readonly string[]): void {
    for (const channel of channels) this.#unconfirmed.add(channel)
    if (channels.length === 0) return
    if (!this.#oneByOne) return this.#subscribe(channels)
    for (const channel of channels) this.#subscribe([channel])
  }

  #subscribe(channels: readonly string[]): void {
    this.#subscriber?.subscribe(channels).then(
      () => {
        for (const channel of channels) {
          this.#unconfirmed.delete(channel)
          this.#tell(channel, (listener) => listener.resync())
        }
      },
      () => {},
    )
  }

  /** Notices a connection that is open but dead: an idle subscriber would listen to it for ever. */
  #beat(): void {
    this.#heartbeat = this.#clock.after(
      HEARTBEAT_MS,
      () => {
        this.#beat()
        this.#subscriber?.ping().then(
          () => this.#confirm([...this.#unconfirmed]),
          () => {},
        )
      },
      'background',
    )
  }

  async #remove(channel: string, entry: TailListener): Promise<void> {
    const listeners = this.#channels.get(channel)
    if (listeners === undefined || !listeners.delete(entry) || listeners.size > 0) return
    this.#channels.delete(channel)
    this.#unconfirmed.delete(channel)
    await this.#subscriber?.unsubscribe(channel).catch(() => {})
  }
}
