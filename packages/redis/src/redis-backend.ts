import type { Backend, BackendHealth, Clock, Journal, Locks, Random, Store, WriteQueue } from '@larder/core/contracts'
import type { IoredisClusterLike } from './client/ioredis-cluster-like.ts'
import type { IoredisLike } from './client/ioredis-like.ts'
import type { RedisClient } from './client/redis-client.ts'
import { HookedClient } from './hooks/hooked-client.ts'
import type { RedisHooks } from './hooks/redis-hooks.ts'
import { ClusterQueue } from './queue/cluster-queue.ts'
import { RedisQueue } from './queue/redis-queue.ts'
import { RedisCommands } from './redis-commands.ts'
import { RedisJournal } from './redis-journal.ts'
import { RedisLocks } from './redis-locks.ts'
import { RedisStore } from './redis-store.ts'
import { Tails } from './tails.ts'

/** A {@link Backend} over Redis or Valkey. */
export interface RedisBackend<Client = IoredisLike | IoredisClusterLike> extends Backend {
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
  const tails = new Tails({
    open: (events) => connection.subscriber(events),
    clock,
    oneByOne: commands.sharded,
  })
  const store: Store = new RedisStore(commands, clock)
  const journal: Journal = new RedisJournal({ commands, tails, random, length: journalLength })
  const locks: Locks = new RedisLocks(commands, tails)
  const queue: WriteQueue = commands.sharded ? new ClusterQueue(commands, clock) : new RedisQueue(commands, clock)
  let closing: Promise<void> | undefined

  const health = async (): Promise<BackendHealth> => {
    const start = clock.monotonic()
    try {
      const reasons = [...(await commands.ping())]
      const latencyMs = clock.monotonic() - start
      if (!(await commands.servesAllSlots())) reasons.push('the cluster does not serve all slots')
      return reasons.length === 0 ? { status: 'healthy', latencyMs } : { status: 'degraded', latencyMs, reasons }
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
