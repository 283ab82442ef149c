import type { LockAnswer, LockRequest, Locks, LockWatch } from '../contracts/locks.ts'
import type { Deadlines } from '../deadline.ts'
import { CacheError } from '../errors/cache-error.ts'
import { InvalidKeyError } from '../errors/invalid-key-error.ts'
import { StoreTimeoutError } from '../errors/store-timeout-error.ts'
import { StoreUnavailableError } from '../errors/store-unavailable-error.ts'

/** What is to be locked. */
export interface LockTarget {
  /** The key that the backend sees. */
  readonly key: string
  /** What users are told. */
  readonly shown: string
  /** How long one operation of the backend may take, in milliseconds. */
  readonly timeoutMs: number
}

/** A backend's locks, never without a deadline. Its methods reject with CacheErrors. */
export class LockPort {
  readonly #locks: Locks
  readonly #deadlines: Deadlines

  constructor(locks: Locks, deadlines: Deadlines) {
    this.#locks = locks
    this.#deadlines = deadlines
  }

  /** @throws InvalidKeyError for a key that is longer than the backend's may be. */
  check({ key, shown }: LockTarget): void {
    const { maxKeyBytes, name } = this.#locks.manifest
    const bytes = Buffer.byteLength(key)
    if (bytes <= maxKeyBytes) return
    throw new InvalidKeyError(`the key of the lock takes ${bytes} bytes in ${name}, which allows ${maxKeyBytes}`, {
      key: shown.slice(0, 100),
    })
  }

  acquire(target: LockTarget, request: LockRequest): Promise<LockAnswer> {
    return this.#bounded(target, () => this.#locks.acquire(target.key, request))
  }

  extend(target: LockTarget, token: string, ttlMs: number): Promise<boolean> {
    return this.#bounded(target, () => this.#locks.extend(target.key, token, ttlMs))
  }

  release(target: LockTarget, token: string): Promise<boolean> {
    return this.#bounded(target, () => this.#locks.release(target.key, token))
  }

  /** `undefined` where the backend tells nobody. */
  watch({ key }: LockTarget, woken: () => void): LockWatch | undefined {
    return this.#locks.watch?.(key, woken)
  }

  async #bounded<R>({ shown, timeoutMs }: LockTarget, call: () => Promise<R>): Promise<R> {
    const late = (): Error =>
      new StoreTimeoutError(`the backend of locks did not answer within ${timeoutMs} ms`, { key: shown })
    try {
      return await this.#deadlines.race(call(), timeoutMs, late)
    } catch (error) {
      if (error instanceof CacheError) throw error
      const reason = error instanceof Error ? error.message : String(error)
      throw new StoreUnavailableError(`the backend of locks could not carry out the operation: ${reason}`, {
        cause: error,
        key: shown,
      })
    }
  }
}
