import type { Clock } from '@larder/core/contracts'
import type {
  Argument,
  ConnectionEvents,
  RedisClient,
  RedisSubscriber,
  SubscriberEvents,
} from '../client/redis-client.ts'
import { nameOfScript } from '../scripts/define-script.ts'
import { storeError } from '../store-error.ts'
import { HookCalls } from './hook-calls.ts'
import type { RedisCommand, RedisHooks } from './redis-hooks.ts'

/** A {@link RedisClient} that tells hooks of everything it sends. */
export class HookedClient implements RedisClient {
  readonly sharded: boolean
  readonly #client: RedisClient
  readonly #calls: HookCalls
  readonly #clock: Clock

  constructor(client: RedisClient, hooks: RedisHooks, clock: Clock) {
    this.#client = client
    this.sharded = client.sharded === true
    this.#calls = new HookCalls(hooks)
    this.#clock = clock
    client.listen({
      connected: () => this.#calls.connected('commands'),
      disconnected: () => this.#calls.disconnected('commands'),
    })
  }

  ready(): Promise<void> | undefined {
    return this.#client.ready()
  }

  send(command: string, args: readonly Argument[], key?: string): Promise<unknown> {
    return this.#told(commandOf(command, args), () => this.#client.send(command, args, key))
  }

  /** Told of once, whatever the number of servers. */
  async sendToAll(command: string, args: readonly Argument[]): Promise<readonly PromiseSettledResult<unknown>[]> {
    const all = this.#client.sendToAll?.bind(this.#client)
    if (all === undefined) return Promise.allSettled([this.send(command, args)])
    return this.#told(commandOf(command, args), () => all(command, args))
  }

  subscriber(events: SubscriberEvents): RedisSubscriber {
    const calls = this.#calls
    const subscriber = this.#client.subscriber({
      ready: () => {
        calls.connected('subscriber')
        events.ready()
      },
      message: (channel, text) => events.message(channel, text),
      gone: (channels) => events.gone?.(channels),
      lost: () => {
        calls.disconnected('subscriber')
        events.lost?.()
      },
    })
    const told = <R>(name: string, channels: readonly string[], work: () => Promise<R>): Promise<R> =>
      this.#told({ name, keys: channels, argumentCount: channels.length, connection: 'subscriber' }, work)
    return {
      subscribe: (channels) => told('subscribe', [...channels], () => subscriber.subscribe(channels)),
      unsubscribe: (channel) => told('unsubscribe', [channel], () => subscriber.unsubscribe(channel)),
      ping: () => told('ping', [], () => subscriber.ping()),
      close: () => subscriber.close(),
    }
  }

  listen(events: ConnectionEvents): void {
    this.#client.listen(events)
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  async #told<R>(command: RedisCommand, work: () => Promise<R>): Promise<R> {
    this.#calls.before(command)
    const start = this.#clock.monotonic()
    try {
      const reply = await work()
      this.#calls.after(command, { kind: 'answered', durationMs: this.#clock.monotonic() - start })
      return reply
    } catch (error) {
      const durationMs = this.#clock.monotonic() - start
      // The library's error holds the command's arguments.
      const redacted = storeError(error, command.script ?? command.name)
      this.#calls.after(command, { kind: 'failed', durationMs, error: redacted })
      throw error
    }
  }
}

function commandOf(name: string, args: readonly Argument[]): RedisCommand {
  const command = { name, argumentCount: args.length, connection: 'commands' } as const
  if (name === 'get' || name === 'mget') return { ...command, keys: args.map(String) }
  if (name !== 'evalsha' && name !== 'eval') return { ...command, keys: [] }
  const script = nameOfScript(String(args[0]))
  const keys = args.slice(2, 2 + Number(args[1])).map(String)
  return { ...command, ...(script === undefined ? {} : { script }), keys }
}
