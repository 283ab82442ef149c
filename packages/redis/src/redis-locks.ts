import { StoreUnavailableError } from '@larder/core'
import type { LockAnswer, LockRequest, Locks, LocksManifest, LockWatch } from '@larder/core/contracts'
import { milliseconds } from './milliseconds.ts'
import type { RedisCommands } from './redis-commands.ts'
import { extendLock } from './scripts/extend-lock.ts'
import { lock } from './scripts/lock.ts'
import { unlock } from './scripts/unlock.ts'
import type { Tails } from './tails.ts'

/** How long the last fencing token is kept, at least: for as long as that, the server's clock may be set back. */
const FENCE_MS = 86_400_000

/**
 * The {@link Locks} in Redis. `<key>:lock` holds the holder's token, `<key>:fence`, in the same slot, the last fencing token; a message on the
 * channel `<key>:lock` says that it was released.
 */
export class RedisLocks implements Locks {
  readonly manifest: LocksManifest = { name: 'redis', shared: true, maxKeyBytes: 2 ** 16 }
  readonly #commands: RedisCommands
  readonly #tails: Tails

  constructor(commands: RedisCommands, tails: Tails) {
    this.#commands = commands
    this.#tails = tails
  }

  async acquire(key: string, { token, ttlMs, fenceAbove = 0 }: LockRequest): Promise<LockAnswer> {
    const fenceMs = milliseconds(Math.max(FENCE_MS, 2 * ttlMs))
    const args = [token, milliseconds(ttlMs), fenceMs, String(fenceAbove)]
    const [word, number] = (await this.#commands.run(lock, [lockOf(key), fenceOf(key)], args)) as [Buffer, unknown]
    if (word.toString() === 'held') return heldFor(Number(number))
    const fencingToken = Number(String(number))
    if (Number.isSafeInteger(fencingToken)) return { kind: 'granted', fencingToken }
    await this.release(key, token)
    throw new StoreUnavailableError(`the server's clock, or the key ${key}:fence, is too far in the future`)
  }

  async extend(key: string, token: string, ttlMs: number): Promise<boolean> {
    return isOne(await this.#commands.run(extendLock, [lockOf(key)], [token, milliseconds(ttlMs)]))
  }

  async release(key: string, token: string): Promise<boolean> {
    return isOne(await this.#commands.run(unlock, [lockOf(key)], [token]))
  }

  /** Told over the connection that hears the journal. */
  watch(key: string, woken: () => void): LockWatch {
    return this.#tails.add(lockOf(key), { record: woken, resync: woken })
  }

  /** The connections are the backend's. */
  async close(): Promise<void> {}
}

const lockOf = (key: string): string => `${key}:lock`
const fenceOf = (key: string): string => `${key}:fence`

/** A lock without a time to live is not one of ours, but held it is. */
function heldFor(remainingMs: number): LockAnswer {
  return remainingMs >= 0 ? { kind: 'held', remainingMs } : { kind: 'held' }
}

/** Integers arrive as strings from a client with `stringNumbers`. */
function isOne(reply: unknown): boolean {
  return Number(reply) === 1
}
