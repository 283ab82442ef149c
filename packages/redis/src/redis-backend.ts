import type { Backend, BackendHealth, Clock, Journal, Locks, Random, Store, WriteQueue } from '@larder/core/contracts'
import type { IoredisLike } from './client/ioredis-like.ts'
import type { RedisClient } from './client/redis-client.ts'
import { HookedClient } from './hooks/hooked-client.ts'
import type { RedisHooks } from './hooks/redis-hooks.ts'
import { RedisQueue } from './queue/redis-queue.ts'
import { RedisCommands } from './redis-commands.ts'
import { RedisJournal } from './redis-journal.ts'
import { RedisLocks } from './redis-locks.ts'
import { RedisStore } from './redis-store.ts'
import { Tails } from './tails.ts'

/** A {@link Backend} over Redis or Valkey. */
export interface RedisBackend<Client = IoredisLike> extends Backend {
  readonly journal: Journal
  readonly locks: Locks
  readonly queue: WriteQueue
  /** The client that commands go through: the one handed over, or the one that was made, which `close()` ends. */
  readonly client: Client
}

/** What a backend is made of. */
export interface RedisBackendParts<Client> {
  readonly client: Client
  readonly connection: RedisClient
  readonly timeoutMs: number
  readonly journalLength: number
  readonly hooks?: RedisHooks | undefined
  readonly clock: Clock
  readonly random: Random
}

/** Puts a {@link RedisBackend} together. */
export function redisBackend<Client>(parts: RedisBackendParts<Client>): RedisBackend<Client> {
  const { client, timeoutMs, journalLength, hooks, clock, random } = parts
  const connection = hooks === undefined ? parts.connection : new HookedClient(parts.connection, hooks, clock)
  const commands = new RedisCommands({ client: connection, timeoutMs, clock })
  const tails = new Tails((events) => connection.subscriber(events), clock)
  const store: Store = new RedisStore(commands, clock)
  const journal: Journal = new RedisJournal({ commands, tails, random, length: journalLength })
  const locks: Locks = new RedisLocks(commands, tails)
  const queue: WriteQueue = new RedisQueue(commands, clock)
  let closing: Promise<void> | undefined

  const health = async (): Promise<BackendHealth> => {
    const start = clock.monotonic()
    try {
      await commands.ping()
      return { status: 'healthy', latencyMs: clock.monotonic() - start }
    } catch (error) {
      return { status: 'down', reasons: [(error as Error).message] }
    }
  }
  const close = async (): Promise<void> => {
    commands.close()
    await Promise.all([tails.close(), connection.close()])
  }
  return { name: 'redis', client, store, journal, locks, queue, health, close: () => (closing ??= close()) }
}
