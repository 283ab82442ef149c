import type { LockAnswer, LockRequest, Locks, LocksManifest, LockWatch } from '@larder/core/contracts'
import type { Guard } from './guard.ts'

/**
 * Locks under policies. Only `extend` is repeated: a first `acquire` that takes effect late would lock again what its caller has released by
 * then, and a repeated `release` would answer that the lock had been lost.
 */
export class ResilientLocks implements Locks {
  /** Present if the locks within tell of releases. */
  readonly watch?: (key: string, woken: () => void) => LockWatch
  readonly #locks: Locks
  readonly #guard: Guard

  constructor(locks: Locks, guard: Guard) {
    this.#locks = locks
    this.#guard = guard
    if (locks.watch !== undefined) this.watch = locks.watch.bind(locks)
  }

  get manifest(): LocksManifest {
    return this.#locks.manifest
  }

  acquire(key: string, request: LockRequest): Promise<LockAnswer> {
    return this.#guard.once(() => this.#locks.acquire(key, request))
  }

  extend(key: string, token: string, ttlMs: number): Promise<boolean> {
    return this.#guard.repeated(() => this.#locks.extend(key, token, ttlMs))
  }

  release(key: string, token: string): Promise<boolean> {
    return this.#guard.once(() => this.#locks.release(key, token))
  }

  close(): Promise<void> {
    return this.#locks.close()
  }
}
