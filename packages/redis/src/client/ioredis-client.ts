import type { Clock, Random } from '@larder/core/contracts'
import { endClient } from './end-client.ts'
import type { IoredisLike } from './ioredis-like.ts'
import { IoredisReadiness } from './ioredis-readiness.ts'
import { ioredisSettings } from './ioredis-settings.ts'
import { IoredisSubscriber } from './ioredis-subscriber.ts'
import type { Argument, ConnectionEvents, RedisClient, RedisSubscriber, SubscriberEvents } from './redis-client.ts'

/** What an {@link IoredisClient} is made of. */
export interface IoredisClientParts {
  readonly client: IoredisLike
  /** Whether the adapter opened it, and so may listen to its errors and end it. */
  readonly owned: boolean
  readonly timeoutMs: number
  readonly clock: Clock
  readonly random: Random
}

/** A {@link RedisClient} over an ioredis client. */
export class IoredisClient implements RedisClient {
  readonly #parts: IoredisClientParts
  readonly #readiness: IoredisReadiness
  #refused = false

  constructor(parts: IoredisClientParts) {
    this.#parts = parts
    this.#readiness = new IoredisReadiness(parts.client)
    // A user's own client keeps its user's own handling of errors.
    if (parts.owned) parts.client.on('error', (error: unknown) => this.#fail(error))
  }

  ready(): Promise<void> | undefined {
    return this.#readiness.ready()
  }

  send(command: string, args: readonly Argument[]): Promise<unknown> {
    return this.#parts.client.callBuffer(command, args as Argument[])
  }

  subscriber(events: SubscriberEvents): RedisSubscriber {
    const { client, timeoutMs, clock, random } = this.#parts
    const settings = ioredisSettings(timeoutMs, random)
    const connection = client.duplicate({ ...settings, keyPrefix: '', lazyConnect: true }) as IoredisLike
    return new IoredisSubscriber({ client: connection, channelPrefix: client.options.keyPrefix ?? '', events, clock })
  }

  listen(events: ConnectionEvents): void {
    this.#readiness.listen(events)
  }

  async close(): Promise<void> {
    const { client, owned, clock } = this.#parts
    // Lets the commands under way be answered; bounded by the command timeout.
    if (owned && client.status === 'ready') await client.quit().catch(() => {})
    this.#readiness.close()
    if (owned) await endClient(client, clock)
  }

  #fail(error: unknown): void {
    const refused = isRefusedSelect(error)
    // What ioredis says of the connection that is being closed below says less.
    if (!refused && this.#refused && !(error instanceof Error && 'code' in error)) return
    this.#refused = refused
    if (error instanceof Error && error.message.startsWith('All sentinels are unreachable'))
      return this.#readiness.giveUp(Object.assign(new Error(error.message), { code: 'NOSENTINEL' }))
    if (!refused) return this.#readiness.fail(error)
    this.#readiness.fail(Object.assign(new Error(`NODB ${error.message}`), { name: error.name }))
    // ioredis would go on in database 0, among the data of others.
    this.#parts.client.disconnect(true)
  }
}

function isRefusedSelect(error: unknown): error is Error {
  return error instanceof Error && (error as { command?: { name?: unknown } }).command?.name === 'select'
}
