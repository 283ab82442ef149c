import type { Clock, Random, Timer } from '@larder/core/contracts'
import { backoff } from './backoff.ts'
import type { RedisSubscriber, SubscriberEvents } from './redis-client.ts'
import type { OpenLink, SubscriberLink } from './subscriber-link.ts'

/** What a {@link RenewedSubscriber} is made of. */
export interface RenewedSubscriberParts {
  readonly open: OpenLink
  readonly events: SubscriberEvents
  /** How long opening a link, or a ping, may take, in milliseconds. */
  readonly limitMs: number
  readonly clock: Clock
  readonly random: Random
}

/**
 * A {@link RedisSubscriber} that opens a new link whenever the last one was lost. It does not rely on a client library's own
 * resubscription: those fail unheard, or do not tell that messages were missed.
 */
export class RenewedSubscriber implements RedisSubscriber {
  readonly #parts: RenewedSubscriberParts
  #link: SubscriberLink | undefined
  #retry: Timer | undefined
  #abort = new AbortController()
  #opening: Promise<void>
  #attempt = 0
  #closed = false

  constructor(parts: RenewedSubscriberParts) {
    this.#parts = parts
    this.#opening = this.#open()
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    await this.#connected().subscribe(channels)
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.#connected().unsubscribe(channel)
  }

  async ping(): Promise<void> {
    const link = this.#connected()
    try {
      await this.#bounded(link.ping())
    } catch (error) {
      this.#lose(link)
      throw error
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#retry?.cancel()
    this.#abort.abort()
    const link = this.#link
    this.#link = undefined
    await link?.close()
    await this.#opening
  }

  #connected(): SubscriberLink {
    if (this.#link === undefined) throw new Error('Connection is closed.')
    return this.#link
  }

  async #open(): Promise<void> {
    const { open, events } = this.#parts
    const state: { link?: SubscriberLink; lost: boolean } = { lost: false }
    const abort = new AbortController()
    this.#abort = abort
    const opening = open(
      {
        message: (channel, text) => events.message(channel, text),
        lost: () => {
          state.lost = true
          if (state.link !== undefined) this.#lose(state.link)
        },
      },
      abort.signal,
    )
    try {
      state.link = await this.#bounded(opening, abort.signal)
    } catch {
      abort.abort()
      // One that opens after all has come too late.
      opening.then(
        (link) => link.close(),
        () => {},
      )
      this.#openLater()
      return
    }
    if (this.#closed || state.lost) {
      await state.link.close()
      this.#openLater()
      return
    }
    this.#attempt = 0
    this.#link = state.link
    events.ready()
  }

  #lose(link: SubscriberLink): void {
    if (this.#link !== link) return
    this.#link = undefined
    this.#opening = link.close()
    this.#openLater()
    this.#parts.events.lost?.()
  }

  #openLater(): void {
    if (this.#closed) return
    const { clock, random } = this.#parts
    this.#retry = clock.after(
      backoff(this.#attempt++, random),
      () => {
        this.#opening = this.#open()
      },
      'background',
    )
  }

  /** Rejects if the work takes longer than the limit, or the signal aborts. */
  #bounded<R>(work: Promise<R>, signal?: AbortSignal): Promise<R> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(new Error('Command timed out'))
      const timer = this.#parts.clock.after(this.#parts.limitMs, giveUp, 'background')
      signal?.addEventListener('abort', giveUp, { once: true })
      const settle = (): void => {
        timer.cancel()
        signal?.removeEventListener('abort', giveUp)
      }
      work.then(resolve, reject).finally(settle)
    })
  }
}
