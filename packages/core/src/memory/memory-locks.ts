import type { Clock } from '../contracts/clock.ts'
import type { LockAnswer, LockRequest, Locks, LocksManifest, LockWatch } from '../contracts/locks.ts'
import { StoreUnavailableError } from '../errors/store-unavailable-error.ts'
import { ExpiringMap } from './expiring-map.ts'

/** Fencing tokens follow the wall clock in microseconds, so that they go on growing in the next process. */
const TOKENS_PER_MS = 1_000

/**
 * The in-process {@link Locks}, and the reference for what the others do. Every method does its work before it returns its promise, so a
 * call is one atomic step. A lock is never dropped to make room.
 */
export class MemoryLocks implements Locks {
  readonly manifest: LocksManifest = { name: 'memory', shared: false, maxKeyBytes: 2 ** 20 }
  readonly #clock: Clock
  readonly #holders: ExpiringMap<string>
  readonly #watchers = new Map<string, Set<() => void>>()
  #lastFence = 0
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
    this.#holders = new ExpiringMap(clock, Infinity)
  }

  async acquire(key: string, { token, ttlMs, fenceAbove = 0 }: LockRequest): Promise<LockAnswer> {
    this.#assertOpen()
    const holder = this.#holders.get(key)
    if (holder !== undefined && holder !== token) return { kind: 'held', remainingMs: this.#holders.remaining(key) }
    this.#holders.set(key, token, ttlMs)
    this.#lastFence = Math.max(this.#lastFence, fenceAbove, Math.floor(this.#clock.now()) * TOKENS_PER_MS) + 1
    return { kind: 'granted', fencingToken: this.#lastFence }
  }

  async extend(key: string, token: string, ttlMs: number): Promise<boolean> {
    this.#assertOpen()
    if (this.#holders.get(key) !== token) return false
    this.#holders.set(key, token, Math.max(ttlMs, this.#holders.remaining(key)))
    return true
  }

  async release(key: string, token: string): Promise<boolean> {
    this.#assertOpen()
    if (this.#holders.get(key) !== token) return false
    this.#holders.delete(key)
    for (const woken of this.#watchers.get(key) ?? []) woken()
    return true
  }

  watch(key: string, woken: () => void): LockWatch {
    // One entry per call, even if a function is given twice.
    const entry = (): void => woken()
    const watchers = this.#watchers.get(key) ?? new Set()
    this.#watchers.set(key, watchers.add(entry))
    // It may have been released since the caller was told that it is held.
    if (this.#holders.get(key) === undefined) queueMicrotask(entry)
    return {
      close: async () => {
        watchers.delete(entry)
        if (watchers.size === 0 && this.#watchers.get(key) === watchers) this.#watchers.delete(key)
      },
    }
  }

  /** Drops everything; every later call rejects with `StoreUnavailableError`. */
  async close(): Promise<void> {
    this.#closed = true
    this.#holders.clear()
    this.#watchers.clear()
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreUnavailableError('The memory backend was closed; make a new one with memory()')
  }
}
