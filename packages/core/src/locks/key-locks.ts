import { CacheClosedError } from '../errors/cache-closed-error.ts'
import { recordItem, storeKey } from '../key/cache-key.ts'
import type { Duration } from '../policy/duration.ts'
import { lockPlan, lockTtlMs } from '../policy/lock-options.ts'
import type { TryLockOptions, WithLockOptions } from '../policy/lock-options.ts'
import { checkFunction, checkObject, checkSignal } from '../policy/option-checks.ts'
import type { Lock } from './lock.ts'
import type { LockKeeper } from './lock-keeper.ts'
import type { LockTarget } from './lock-port.ts'

/** What {@link KeyLocks} are made of. */
export interface KeyLocksParts<K> {
  readonly keeper: LockKeeper
  readonly namespace: string
  /** Name of the cache; empty for the locks of a manager, which no cache's are confused with. */
  readonly cache: string
  /** The string that names a key; throws for one that cannot be named. */
  readonly nameOf: (key: K) => string
  /** How long one operation of the backend may take, in milliseconds. */
  readonly timeoutMs: number
}

/** The locks of one cache, or of the manager itself, in terms of its keys. */
export class KeyLocks<K> {
  readonly #parts: KeyLocksParts<K>
  readonly #closing = new AbortController()

  constructor(parts: KeyLocksParts<K>) {
    this.#parts = parts
  }

  /** `Cache.tryLock`. */
  async tryLock(key: K, ttl: Duration, options: TryLockOptions = {}): Promise<Lock | undefined> {
    const target = this.#target(key)
    const ttlMs = lockTtlMs(ttl)
    checkObject(options, 'options')
    checkSignal(options.signal)
    return this.#parts.keeper.tryLock(target, ttlMs, [options.signal, this.#closing.signal])
  }

  /** `Cache.withLock`. */
  async withLock<R>(key: K, options: WithLockOptions, body: (lock: Lock) => R | Promise<R>): Promise<R> {
    const target = this.#target(key)
    const plan = { ...lockPlan(options), closing: this.#closing.signal }
    if (body === undefined) throw new TypeError('body must be a function, got undefined')
    checkFunction(body, 'body')
    return this.#parts.keeper.withLock(target, plan, body)
  }

  /** Those who wait for a lock, and later calls, are rejected. Locks that are held stay. */
  close(): void {
    const { cache } = this.#parts
    this.#closing.abort(
      new CacheClosedError(cache === '' ? 'the cache manager is closed' : `the cache ${cache} is closed`),
    )
  }

  #target(key: K): LockTarget {
    this.#closing.signal.throwIfAborted()
    const { keeper, namespace, cache, nameOf, timeoutMs } = this.#parts
    const name = nameOf(key)
    const target = { key: storeKey(namespace, cache, name), shown: recordItem(cache, name), timeoutMs }
    keeper.check(target)
    return target
  }
}
