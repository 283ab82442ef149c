import { waitFor } from './abort.ts'
import { addTags, increment, touch } from './edit.ts'
import { hand } from './entry/handout.ts'
import { CacheClosedError } from './errors/cache-closed-error.ts'
import { clear, invalidateKeys, invalidateTags } from './invalidate.ts'
import { KeyNames } from './key/key-names.ts'
import { checkTags } from './key/tag.ts'
import type { KeyLocks } from './locks/key-locks.ts'
import type { Lock } from './locks/lock.ts'
import { hitNear, lookNear } from './look.ts'
import type { Invalidation } from './node.ts'
import { cacheEntryOf } from './observe/cache-entry.ts'
import type { CacheEntry } from './observe/cache-entry.ts'
import type { CacheEvents, CacheListener, Events } from './observe/events.ts'
import type { CacheHealth } from './observe/health.ts'
import type { Subscription } from './observe/subscription.ts'
import type { Outcome } from './observe/outcome.ts'
import type { CacheStats } from './observe/stats.ts'
import type { CacheParts } from './parts.ts'
import { setMany } from './patterns/cache-aside.ts'
import type { DeadLetters } from './patterns/dead-letters.ts'
import { collectValues, Reads } from './patterns/reads.ts'
import { refreshAhead } from './patterns/refresh-ahead.ts'
import type { Refreshed } from './patterns/refresh-ahead.ts'
import type { Journaled } from './patterns/write-behind.ts'
import { Writes } from './patterns/writes.ts'
import type { CacheOptions, CallOptions, FlushOptions, WaitOptions } from './policy/cache-options.ts'
import { durationMs } from './policy/duration.ts'
import type { Duration } from './policy/duration.ts'
import type { Load, LoadMany } from './policy/loader.ts'
import type { TryLockOptions, WithLockOptions } from './policy/lock-options.ts'
import { checkFunction, checkListener, checkNumber, checkObject, checkSignal } from './policy/option-checks.ts'
import type { Policy } from './policy/policy.ts'
import { resolvePolicy } from './policy/resolve-policy.ts'
import type { Write } from './policy/writer.ts'
import { readThrough } from './read.ts'
import { Requests } from './requests.ts'
import type { Written } from './write.ts'

/** What the manager does for its caches. */
interface Host {
  readonly events: Events
  health(): Promise<CacheHealth>
  close(): Promise<void>
  locks<K>(nameOf: (key: K) => string): KeyLocks<K>
}

/**
 * A typed cache: a share of this process' memory in front of a store that all processes share. Every method that returns a
 * promise rejects with a TypeError or InvalidKeyError for bad arguments, and with a CacheClosedError after `close()`. Reads never fail
 * because the store does: they go to the loader. Writes and invalidations reject with a CacheError when their outcome is unknown.
 */
export class Cache<T, K = string> implements AsyncDisposable {
  /** Its name, unique within the manager. */
  readonly name: string
  readonly #parts: CacheParts<T>
  readonly #policy: Policy
  readonly #host: Host
  readonly #names: KeyNames<K>
  readonly #requests: Requests<T, K>
  readonly #locks: KeyLocks<K>
  readonly #writes: Writes<T, K>
  readonly #reads: Reads<T, K>
  #closed = false

  /** Made by `CacheManager.cache` and `createCache`. */
  constructor(
    parts: CacheParts<T>,
    setup: { readonly options: CacheOptions<T, K>; readonly policy: Policy; readonly host: Host },
  ) {
    this.name = parts.name
    this.#parts = parts
    this.#policy = setup.policy
    this.#host = setup.host
    this.#names = new KeyNames(parts.name, {
      key: setup.options.key,
      hide: parts.naming.key,
      check: (name) => parts.far.checkKey(name),
    })
    this.#requests = new Requests(parts.name, {
      options: setup.options,
      names: this.#names,
      report: (error) => parts.background.report(error),
    })
    this.#locks = setup.host.locks((key) => this.#names.of(key))
    this.#writes = new Writes(parts, { ...setup, names: this.#names, requests: this.#requests })
    this.#reads = new Reads(parts, { requests: this.#requests, behind: this.#writes.behind })
  }

  /** The value, or `undefined` if there is none. Never loads; with a `load` option, a stale value is refreshed behind the answer. */
  async get(key: K, options?: CallOptions): Promise<T | undefined> {
    const outcome = await this.#look(key, options)
    return outcome.kind === 'value' ? hand(outcome.handout) : undefined
  }

  /** The values of those keys that have one, in the order of `keys`, from one request to the store. */
  async getMany(keys: Iterable<K>, options?: CallOptions): Promise<Map<K, T>> {
    const named = this.#openKeys(keys)
    return this.#reads.lookMany(named, { policy: this.#resolve(options), call: options })
  }

  /** The value with its history, or `undefined` if there is none. Never loads. */
  async getEntry(key: K, options?: CallOptions): Promise<CacheEntry<T> | undefined> {
    const outcome = await this.#look(key, options)
    return outcome.kind === 'value' ? cacheEntryOf(outcome, this.#parts.clock.now()) : undefined
  }

  /** The fresh value in this process' memory, at once, or `undefined` if there is none. */
  peek(key: K): T | undefined {
    this.#open()
    const near = lookNear(this.#parts, this.#names.of(key))
    return near?.kind === 'fresh' ? hand(near.item.handout) : undefined
  }

  /** Whether there is a value. */
  async has(key: K, options?: CallOptions): Promise<boolean> {
    return (await this.#look(key, options)).kind === 'value'
  }

  /**
   * The value; loaded, once for all concurrent callers of all processes, if there is none. A loader's own error reaches all of them unchanged.
   * `loader` defaults to the `load` or `loadMany` option.
   */
  readThrough(key: K, loader?: Load<T, K>, options?: CallOptions): Promise<T> {
    if (options !== undefined || this.#closed) return this.#readThrough(key, loader, options)
    // The hit path: no await, no allocation, nothing resolved anew.
    let name: string
    try {
      name = this.#names.quick(key)
    } catch (error) {
      return Promise.reject(error)
    }
    const item = hitNear(this.#parts, name)
    if (item === undefined) return this.#readThrough(key, loader, options)
    this.#parts.observer.nearHit(name)
    if (item.settled !== undefined) return item.settled
    if (item.handout.kind !== 'shared') return Promise.resolve(hand(item.handout))
    return (item.settled = Promise.resolve(item.handout.value))
  }

  /**
   * The values of all keys that have one or can be loaded, in the order of `keys`; one loader call for all that this process has to load.
   * `loader` defaults to the `loadMany` option, or to `load` for each key.
   */
  async readThroughMany(keys: Iterable<K>, loader?: LoadMany<T, K>, options?: CallOptions): Promise<Map<K, T>> {
    const named = this.#openKeys(keys)
    const policy = this.#resolve(options)
    checkFunction(loader, 'loader')
    const requests = this.#requests.many(named, { loader, policy, call: options })
    const reads = requests.map((request) => readThrough(this.#parts, request).finally(request.pass))
    return collectValues(named, await Promise.all(reads))
  }

  /**
   * Reloads a value that is missing, stale, or good for no longer than `before`, and waits until that is done: for a timer or a message that runs
   * ahead of the readers. One process of all loads; a failure is reported and keeps the old value. `loader` defaults to the `load` option.
   * Rejects with the loader's own error only if there is no old value.
   */
  async refreshAhead(
    key: K,
    options: CallOptions & { readonly before: Duration },
    loader?: Load<T, K>,
  ): Promise<Refreshed> {
    checkObject(options, 'options')
    const beforeMs = durationMs(options.before, 'before')
    checkFunction(loader, 'loader')
    const policy = this.#resolve(options)
    return refreshAhead(this.#parts, this.#requests.of(key, { loader, policy, call: options }), beforeMs)
  }

  /** Stores a value. `'superseded'`: a newer write or an invalidation of the key came first, or in between. */
  async set(key: K, value: T, options?: CallOptions): Promise<Written> {
    const written = await this.setMany([[key, value]], options)
    return [...written.values()][0] as Written
  }

  /** Stores several values, with one message to the other nodes. */
  async setMany(entries: Iterable<readonly [K, T]>, options?: CallOptions): Promise<Map<K, Written>> {
    const policy = this.#resolve(options)
    const given = [...entries].map(([key, value]) => ({
      key,
      value,
      name: this.#names.of(key),
      tags: value === undefined ? undefined : this.#requests.lateTags(key)?.(value),
    }))
    return this.#wait(options, () => setMany(this.#parts, given, policy))
  }

  /**
   * Changes the source by `writer`, default the `write` option, then the cache. Calls for one key follow each other in this process. A writer that
   * fails leaves the cache without the key, and its error reaches the caller unchanged; so does one that takes longer than
   * `timeouts.hard`. `'superseded'`: the source was changed, but something else touched the key meanwhile, so it is not cached.
   */
  // eslint-disable-next-line max-params -- the parameters of readThrough, and the value
  async writeThrough(key: K, value: T, writer?: Write<T, K>, options?: CallOptions): Promise<Written> {
    const policy = this.#resolve(options)
    checkFunction(writer, 'writer')
    return this.#writes.through({ key, value, writer }, { policy, signal: options?.signal })
  }

  /**
   * Journals a change for the `write` option, which gets it soon, at least once, and in order for each key; reads see it at once. How long the
   * acknowledged change outlives this process is the backend's to say. `'superseded'`: a newer version is there.
   */
  async writeBehind(key: K, value: T, options?: CallOptions): Promise<Journaled> {
    return this.#writes.later(key, value, { policy: this.#resolve(options), signal: options?.signal })
  }

  /** Resolves when every write-behind acknowledged before, by any process, has reached its writer or is a dead letter. */
  async flush(options?: FlushOptions): Promise<void> {
    this.#open()
    checkSignal(options?.signal)
    const deadlineMs = durationMs(options?.deadline ?? this.#policy.hardTimeoutMs, 'deadline')
    await this.#writes.behind.flush(deadlineMs, options?.signal)
  }

  /** Writes behind that their writer refused too often. */
  get deadLetters(): DeadLetters<T, K> {
    this.#open()
    return this.#writes.behind.deadLetters
  }

  /** Removes a value, here, in the store and on every node; whether there was one. */
  async delete(key: K, options?: WaitOptions): Promise<boolean> {
    return (await this.deleteMany([key], options)) === 1
  }

  /** Removes several values, with one message to the other nodes; how many there were. */
  async deleteMany(keys: Iterable<K>, options?: WaitOptions): Promise<number> {
    const named = [...this.#openKeys(keys).keys()]
    const how = { removal: 'delete', policy: this.#policy } as const
    return this.#wait(options, () => invalidateKeys(this.#parts, named, how))
  }

  /** Invalidates a value but keeps it for its `grace`: reads with `staleAfterInvalidation` may still show it, as stale. */
  async expire(key: K, options?: WaitOptions): Promise<boolean> {
    this.#open()
    const name = this.#names.of(key)
    const how = { removal: 'expire', policy: this.#policy } as const
    return (await this.#wait(options, () => invalidateKeys(this.#parts, [name], how))) === 1
  }

  /** Removes every value of this cache, at the cost of one message however many there are. */
  async clear(options?: WaitOptions): Promise<void> {
    this.#open()
    await this.#wait(options, () => clear(this.#parts, this.#policy))
  }

  /** Gives a value a new `ttl`, counted from now; `false` if there is none. */
  async touch(key: K, ttl: Duration, options?: WaitOptions): Promise<boolean> {
    const policy = this.#resolve({ ttl })
    const name = this.#names.of(key)
    return this.#wait(options, () => touch(this.#parts, name, policy))
  }

  /** Adds `by` (default 1) to a number, in one step as seen by all processes; a missing one counts as 0. The new value. */
  async increment(this: Cache<number, K>, key: K, by = 1, options?: CallOptions): Promise<number> {
    const name = this.#names.of(key)
    checkNumber(by, 'by', { least: -Number.MAX_VALUE, most: Number.MAX_VALUE })
    const policy = this.#resolve(options)
    return this.#wait(options, () => increment(this.#parts, name, { by, policy }))
  }

  /** Subtracts `by` (default 1); see {@link increment}. */
  async decrement(this: Cache<number, K>, key: K, by = 1, options?: CallOptions): Promise<number> {
    return this.increment(key, -by, options)
  }

  /** Adds tags to the value that is there now; `false` if there is none. */
  async addTags(key: K, ...tags: readonly string[]): Promise<boolean> {
    const checked = checkTags(tags, 'tags')
    return addTags(this.#parts, this.#names.of(key), { tags: checked, policy: this.#resolve(undefined) })
  }

  /** Invalidates everything that carries one of the tags, in every cache of the namespace, at the same cost however much that is. */
  async invalidateTags(...tags: readonly string[]): Promise<void> {
    this.#open()
    const names = checkTags(tags, 'tags').map(this.#parts.naming.tag)
    await invalidateTags(this.#parts.node, names, this.#policy)
    if (this.#host.events.listening) this.#host.events.emit('invalidate', { kind: 'tags', tags: names })
  }

  /** Takes the lock of a key for `ttl`, if nobody holds it; it is not extended by itself. The value may be read and written by anybody. */
  tryLock(key: K, ttl: Duration, options?: TryLockOptions): Promise<Lock | undefined> {
    return this.#locks.tryLock(key, ttl, options)
  }

  /** Waits for the lock of a key, runs `body` while it is held and extended, and releases it; resolves and rejects as `body` does. */
  withLock<R>(key: K, options: WithLockOptions, body: (lock: Lock) => R | Promise<R>): Promise<R> {
    return this.#locks.withLock(key, options, body)
  }

  /** Tells every node, and every other listener, that keys have changed in the source; their values are removed. */
  async publishInvalidation(...keys: readonly K[]): Promise<void> {
    await this.deleteMany(keys)
  }

  /** Calls `handler` for every invalidation that may concern this cache, from whichever node, this one included. */
  subscribeInvalidations(handler: (invalidation: Invalidation) => void): Subscription {
    this.#open()
    checkListener(handler, 'handler')
    const close = this.#parts.node.listen((invalidation) => {
      if ((invalidation.kind === 'keys' || invalidation.kind === 'cache') && invalidation.cache !== this.name)
        return undefined
      return handler(invalidation)
    })
    return { close, [Symbol.dispose]: close }
  }

  /**
   * Calls `listener` for every event of that name in this cache, and for every invalidation of tags, until the subscription is closed.
   * @throws TypeError for a name that no event has.
   */
  on<E extends keyof CacheEvents>(event: E, listener: CacheListener<E>): Subscription {
    this.#open()
    checkListener(listener)
    return this.#host.events.on<E>(event, (happened) =>
      'cache' in happened && happened.cache !== this.name ? undefined : listener(happened),
    )
  }

  /** What this cache did so far, in this process. */
  stats(): CacheStats {
    return this.#parts.observer.counters.snapshot(this.#parts.near.l1)
  }

  /** How the cache and its backend are doing, from a round trip made now. Never rejects. */
  health(): Promise<CacheHealth> {
    return this.#host.health()
  }

  /**
   * Ends this cache: later calls reject. Values in the store stay. What was written behind is brought to its writer for at most `deadline`
   * (default `'5s'`); the rest stays journaled. Idempotent.
   */
  async close(options: { readonly deadline?: Duration } = {}): Promise<void> {
    const deadlineMs = durationMs(options.deadline ?? '5s', 'deadline')
    if (this.#closed) return
    this.#closed = true
    this.#locks.close()
    await this.#writes.behind.close(deadlineMs)
    this.#parts.near.clear()
    await this.#host.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #look(key: K, options: CallOptions | undefined): Promise<Outcome<T>> {
    const policy = this.#resolve(options)
    return this.#reads.look(key, this.#names.of(key), { policy, call: options })
  }

  #readThrough(key: K, loader: Load<T, K> | undefined, options: CallOptions | undefined): Promise<T> {
    try {
      checkFunction(loader, 'loader')
      const policy = this.#resolve(options)
      return readThrough(this.#parts, this.#requests.of(key, { loader, policy, call: options })).then(valueOf)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Waits for work that, once begun, goes on without its caller; its failure is then reported. */
  #wait<R>(options: WaitOptions | undefined, work: () => Promise<R>): Promise<R> {
    const signal = options?.signal
    checkSignal(signal)
    return waitFor(work, signal, (left) => this.#parts.background.own(left))
  }

  #resolve(options: CallOptions | undefined): Policy {
    this.#open()
    if (options === undefined) return this.#policy
    const policy = resolvePolicy(this.#policy, options)
    checkFunction(options.waitUntil, 'waitUntil')
    checkSignal(options.signal)
    return policy
  }

  #open(): void {
    if (this.#closed) throw new CacheClosedError(`the cache ${this.name} is closed`)
  }

  #openKeys(keys: Iterable<K>): Map<string, K> {
    this.#open()
    return this.#names.distinct(keys)
  }
}

/** What `readThrough` hands out; `undefined` is what the loader said not to cache. */
function valueOf<T>(outcome: Outcome<T>): T {
  return (outcome.kind === 'value' ? hand(outcome.handout) : undefined) as T
}
