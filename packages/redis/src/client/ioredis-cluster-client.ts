import type { Clock, Random } from '@larder/core/contracts'
import { endClient } from './end-client.ts'
import type { IoredisClusterLike } from './ioredis-cluster-like.ts'
import type { IoredisLike } from './ioredis-like.ts'
import { IoredisReadiness } from './ioredis-readiness.ts'
import { ioredisSettings } from './ioredis-settings.ts'
import { IoredisSubscriber } from './ioredis-subscriber.ts'
import type { Argument, ConnectionEvents, RedisClient, RedisSubscriber, SubscriberEvents } from './redis-client.ts'
import { ShardedSubscriber } from './sharded-subscriber.ts'
import { UnsentError } from './unsent-error.ts'

/** What an {@link IoredisClusterClient} is made of. */
export interface IoredisClusterClientParts {
  readonly client: IoredisClusterLike
  /** Whether the adapter opened it, and so may listen to its errors and end it. */
  readonly owned: boolean
  readonly timeoutMs: number
  readonly clock: Clock
  readonly random: Random
}

/** A {@link RedisClient} over an ioredis cluster client, which finds the server of each key and follows slots that move. */
export class IoredisClusterClient implements RedisClient {
  readonly sharded = true
  readonly #parts: IoredisClusterClientParts
  readonly #readiness: IoredisReadiness

  constructor(parts: IoredisClusterClientParts) {
    this.#parts = parts
    this.#readiness = new IoredisReadiness(parts.client)
    if (!parts.owned) return
    parts.client.on('error', (error: unknown) => this.#fail(error))
    parts.client.on('node error', (error: unknown) => this.#fail(error))
    parts.client.on('+node', (node) => connectPrimary(node as NodeLike))
  }

  ready(): Promise<void> | undefined {
    return this.#readiness.ready()
  }

  async send(command: string, args: readonly Argument[]): Promise<unknown> {
    const reply = this.#parts.client.callBuffer(command, args as Argument[])
    let turnOver = false
    // After what is due in this turn, and before anything can come from a connection.
    queueMicrotask(() => process.nextTick(() => (turnOver = true)))
    try {
      return await reply
    } catch (error) {
      // ioredis refuses, without waiting, what is for a node that it is just connecting to.
      if (!turnOver && error instanceof Error && error.message === 'Connection is closed.')
        throw new UnsentError('The node is not connected yet')
      throw error
    }
  }

  sendToAll(command: string, args: readonly Argument[]): Promise<readonly PromiseSettledResult<unknown>[]> {
    const primaries = this.#parts.client.nodes('master')
    return Promise.allSettled(primaries.map((node) => node.callBuffer(command, args as Argument[])))
  }

  subscriber(events: SubscriberEvents): RedisSubscriber {
    const { client, timeoutMs, clock } = this.#parts
    return new ShardedSubscriber({
      primaries: async () => {
        await this.#readiness.ready()
        return client.nodes('master').map(addressOf)
      },
      open: (address, listener) => this.#subscriberAt(address, listener),
      events,
      clock,
      timeoutMs,
    })
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
    const { lastNodeError } = error as { readonly lastNodeError?: unknown }
    // What a single node fails at is told to who wanted something of it.
    if (this.#parts.client.status !== 'ready') this.#readiness.fail(lastNodeError ?? error)
  }

  #subscriberAt(address: string, events: SubscriberEvents): RedisSubscriber {
    const { client, timeoutMs, clock, random } = this.#parts
    const [template] = client.nodes('master')
    if (template === undefined) throw new Error('Connection is closed.')
    const connection = template.duplicate({
      ...ioredisSettings(timeoutMs, random),
      ...translated(address, client.options.natMap),
      keyPrefix: '',
      readOnly: false,
      lazyConnect: true,
    }) as IoredisLike
    const channelPrefix = client.options.keyPrefix ?? ''
    return new IoredisSubscriber({ client: connection, channelPrefix, events, clock, sharded: true })
  }
}

/** A node as its cluster client keeps it. */
type NodeLike = IoredisLike & {
  readonly options: { readonly host?: string; readonly port?: number; readonly readOnly?: boolean }
}

/** The first command to a node would otherwise wait for its connection, and all others would be refused meanwhile. */
function connectPrimary(node: NodeLike): void {
  queueMicrotask(() => {
    if (node.status === 'wait' && node.options.readOnly !== true) node.connect().catch(() => {})
  })
}

function addressOf(node: IoredisLike): string {
  const { host, port } = (node as NodeLike).options
  return `${host}:${port}`
}

/** Where the client reaches what the cluster knows by this address. */
function translated(address: string, natMap: unknown): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':')
  const place = { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) }
  if (typeof natMap === 'function') return (natMap as (key: string) => typeof place | null)(address) ?? place
  if (typeof natMap !== 'object' || natMap === null) return place
  return (natMap as Readonly<Record<string, typeof place>>)[address] ?? place
}
