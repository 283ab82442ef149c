import { Cache } from './cache.ts'
import { systemClock } from './clock.ts'
import { jsonCodec } from './codec/json-codec.ts'
import { msgpackCodec } from './codec/msgpack-codec.ts'
import { compressorsWith } from './compression/compressors-with.ts'
import type { Naming } from './contracts/naming.ts'
import type { Sealer } from './contracts/sealer.ts'
import { Packing } from './entry/packing.ts'
import type { Backend } from './contracts/backend.ts'
import type { Clock } from './contracts/clock.ts'
import type { Codec } from './contracts/codec.ts'
import type { Locks } from './contracts/locks.ts'
import { healthReasonsOf } from './contracts/health-reporter.ts'
import type { Random } from './contracts/random.ts'
import { Deadlines } from './deadline.ts'
import { CacheClosedError } from './errors/cache-closed-error.ts'
import { UnsupportedError } from './errors/unsupported-error.ts'
import { invalidateTags } from './invalidate.ts'
import { queueName } from './key/cache-key.ts'
import { checkTags } from './key/tag.ts'
import { createL1 } from './l1/create-l1.ts'
import { l1Ttl } from './l1/l1-ttl.ts'
import { releaseBackend, retainBackend } from './l2/backend-users.ts'
import { FarQueue } from './l2/far-queue.ts'
import { Far } from './l2/far.ts'
import { Backoff } from './load/backoff.ts'
import { LoadTime } from './load/load-time.ts'
import { checkLocks } from './locks/check-locks.ts'
import { KeyLocks } from './locks/key-locks.ts'
import type { Lock } from './locks/lock.ts'
import { LockKeeper } from './locks/lock-keeper.ts'
import { lockName } from './locks/lock-name.ts'
import { noLocks } from './locks/no-locks.ts'
import { memory } from './memory/memory.ts'
import { Near } from './near.ts'
import { Node } from './node.ts'
import type { Invalidation } from './node.ts'
import { Background } from './observe/background.ts'
import { Events } from './observe/events.ts'
import type { CacheEvents, CacheListener } from './observe/events.ts'
import { closedHealth, sumUpHealth } from './observe/health.ts'
import type { CacheHealth } from './observe/health.ts'
import { reportError } from './observe/report-error.ts'
import { Observer } from './observe/observer.ts'
import type { Subscription } from './observe/subscription.ts'
import type { CacheStats } from './observe/stats.ts'
import type { CacheParts } from './parts.ts'
import type { CacheOptions, L1Options } from './policy/cache-options.ts'
import { durationMs } from './policy/duration.ts'
import type { Duration } from './policy/duration.ts'
import type { TryLockOptions, WithLockOptions } from './policy/lock-options.ts'
import type { ManagerOptions } from './policy/manager-options.ts'
import { checkFunction, checkListener, checkObject } from './policy/option-checks.ts'
import type { Policy } from './policy/policy.ts'
import { DEFAULT_POLICY, resolveCachePolicy, resolvePolicy } from './policy/resolve-policy.ts'
import { resolveWriteBehind } from './policy/write-behind-options.ts'
import { systemRandom } from './random.ts'

/** How long `close()` waits for work under way, in milliseconds, unless told otherwise. */
const CLOSE_DEADLINE_MS = 5_000

/** Caches that share a namespace, a backend, and one ear for the invalidations of all nodes. */
export class CacheManager implements AsyncDisposable {
  readonly #backend: Backend
  readonly #namespace: string
  readonly #clock: Clock
  readonly #random: Random
  readonly #deadlines: Deadlines
  readonly #node: Node
  readonly #policy: Policy
  readonly #l1: L1Options | false
  readonly #background: Background
  readonly #locks: Locks
  readonly #locksGiven: boolean
  readonly #keeper: LockKeeper
  readonly #ownLocks: KeyLocks<string>
  readonly #events: Events
  readonly #sealer: Sealer | undefined
  readonly #naming: Naming | undefined
  readonly #nameOfTag: (tag: string) => string
  readonly #caches = new Map<string, { readonly cache: Cache<never, never>; readonly options: object }>()
  readonly #life: 'ends-by-itself' | 'ends-with-its-cache'
  #closing: Promise<void> | undefined

  /** Made by {@link createCacheManager} and `createCache`. */
  constructor(options: ManagerOptions, life: 'ends-by-itself' | 'ends-with-its-cache' = 'ends-by-itself') {
    this.#life = life
    checkObject(options, 'options')
    checkFunction(options.onError, 'onError')
    checkFunction(options.waitUntil, 'waitUntil')
    checkLocks(options.locks)
    this.#namespace = checkName(options.namespace ?? 'larder', 'namespace')
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? systemRandom
    this.#deadlines = new Deadlines(this.#clock)
    this.#policy = resolvePolicy(DEFAULT_POLICY, options.defaults)
    this.#l1 = options.l1 ?? {}
    createL1(this.#l1, this.#clock)
    const l1TtlMs = l1Ttl(this.#l1)
    this.#sealer = checkSealer(options.sealer)
    this.#naming = checkNaming(options.naming)
    this.#nameOfTag = this.#naming?.tags(this.#namespace) ?? ((tag) => tag)
    const heartbeatMs = durationMs(options.heartbeat ?? '2s', 'heartbeat')
    const onError = (error: unknown): void => reportError(error, options.onError)
    this.#background = new Background(onError, options.waitUntil)
    this.#events = new Events(onError)
    this.#backend = options.l2 ?? memory({ clock: this.#clock, random: this.#random })
    const { store, journal, name } = this.#backend
    if (journal === undefined) {
      throw new UnsupportedError(
        `the backend ${name} has no journal, so other nodes would not hear of invalidations: use one that has`,
      )
    }
    requireBound(this.#l1, { ttlMs: l1TtlMs, backend: this.#backend })
    this.#locks = options.locks ?? this.#backend.locks ?? noLocks(name)
    this.#keeper = new LockKeeper({ locks: this.#locks, clock: this.#clock, random: this.#random, onError })
    const hide = this.#naming?.keys(this.#namespace, '') ?? ((name: string) => name)
    this.#ownLocks = this.#locksOf('', { nameOf: (name: string) => hide(lockName(name)), policy: this.#policy })
    retainBackend(this.#backend)
    this.#locksGiven = options.locks !== undefined
    if (this.#locksGiven) retainBackend(this.#locks)
    this.#node = new Node({
      store,
      journal,
      namespace: this.#namespace,
      clock: this.#clock,
      random: this.#random,
      deadlines: this.#deadlines,
      heartbeatMs,
      storeTimeoutMs: this.#policy.storeTimeoutMs,
      recognizes: (name) => this.#naming?.recognizes(name) ?? true,
      onError,
    })
  }

  /**
   * The cache of that name, made on the first call. Later calls may leave the options out, or repeat them.
   * @throws TypeError for bad options, and for the name of a cache that was made with others.
   */
  cache<T, K = string>(name: string, options?: CacheOptions<T, K>): Cache<T, K> {
    this.#open()
    checkName(name, 'the name of a cache')
    const known = this.#caches.get(name)
    if (known !== undefined) {
      if (options !== undefined && !sameOptions(known.options, options)) {
        throw new TypeError(`the cache ${name} exists with other options: give it another name, or the same options`)
      }
      return known.cache as unknown as Cache<T, K>
    }
    const cache = this.#make<T, K>(name, options ?? {})
    this.#caches.set(name, { cache: cache as unknown as Cache<never, never>, options: options ?? {} })
    return cache
  }

  /** Invalidates everything that carries one of the tags, in every cache of the namespace. */
  async invalidateTags(...tags: readonly string[]): Promise<void> {
    this.#open()
    const names = checkTags(tags, 'tags').map(this.#nameOfTag)
    await invalidateTags(this.#node, names, this.#policy)
    if (this.#events.listening) this.#events.emit('invalidate', { kind: 'tags', tags: names })
  }

  /** `Cache.tryLock` under a name that no cache's keys are confused with. */
  tryLock(name: string, ttl: Duration, options?: TryLockOptions): Promise<Lock | undefined> {
    return this.#ownLocks.tryLock(name, ttl, options)
  }

  /** `Cache.withLock` under a name that no cache's keys are confused with. */
  withLock<R>(name: string, options: WithLockOptions, body: (lock: Lock) => R | Promise<R>): Promise<R> {
    return this.#ownLocks.withLock(name, options, body)
  }

  /** Calls `handler` for every invalidation in the namespace, from whichever node, this one included. */
  subscribeInvalidations(handler: (invalidation: Invalidation) => void): Subscription {
    this.#open()
    checkListener(handler, 'handler')
    const close = this.#node.listen(handler)
    return { close, [Symbol.dispose]: close }
  }

  /**
   * Calls `listener` for every event of that name, of all caches, until the subscription is closed.
   * @throws TypeError for a name that no event has.
   */
  on<E extends keyof CacheEvents>(event: E, listener: CacheListener<E>): Subscription {
    this.#open()
    checkListener(listener)
    return this.#events.on(event, listener)
  }

  /** How the manager's backend is doing, from a round trip made now. Never rejects. */
  async health(): Promise<CacheHealth> {
    const { name } = this.#backend
    if (this.#closing !== undefined) return closedHealth(name)
    const backend = { name, ...(await this.#backend.health()) }
    const sources = [...this.#caches].flatMap(([cache, { options }]) =>
      Object.values(options)
        .flatMap(healthReasonsOf)
        .map((reason) => ({ cache, reason })),
    )
    const { hears, liveness, pending } = this.#node
    return sumUpHealth({ hears, live: liveness.live(), queued: pending.size, backend, sources })
  }

  /** What each cache did so far, in this process, by name. */
  stats(): Readonly<Record<string, CacheStats>> {
    return Object.fromEntries([...this.#caches].map(([name, { cache }]) => [name, cache.stats()]))
  }

  /**
   * Ends all caches: later calls reject, work under way is waited for, at most for `deadline` (default `'5s'`), and the backend is closed
   * unless another manager uses it. Idempotent. Never rejects.
   */
  close(options: { readonly deadline?: Duration } = {}): Promise<void> {
    const deadlineMs = options.deadline === undefined ? CLOSE_DEADLINE_MS : durationMs(options.deadline, 'deadline')
    this.#closing ??= this.#close(deadlineMs)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(deadlineMs: number): Promise<void> {
    this.#ownLocks.close()
    await Promise.all([...this.#caches.values()].map(({ cache }) => cache.close({ deadline: deadlineMs })))
    await Promise.all([this.#keeper.close(deadlineMs), this.#background.settle(this.#clock, deadlineMs)])
    await this.#node.close()
    if (this.#locksGiven) await releaseBackend(this.#locks)
    await releaseBackend(this.#backend)
  }

  #make<T, K>(name: string, options: CacheOptions<T, K>): Cache<T, K> {
    checkCacheOptions(options)
    const policy = resolveCachePolicy(this.#policy, options)
    const l1 = options.l1 ?? this.#l1
    const near = new Near<T>(createL1(l1, this.#clock))
    const l1TtlMs = l1Ttl(l1)
    requireBound(l1, { ttlMs: l1TtlMs, backend: this.#backend })
    const observer = new Observer(name, this.#events)
    const { store } = this.#backend
    const parts: CacheParts<T> = {
      name,
      policy,
      near,
      l1TtlMs,
      far: new Far({
        store,
        namespace: this.#namespace,
        cache: name,
        deadlines: this.#deadlines,
        onError: (error) => observer.storeFailed(error),
      }),
      node: this.#node,
      queue: this.#queueOf(name),
      clock: this.#clock,
      random: this.#random,
      observer,
      background: this.#background,
      backoff: new Backoff(this.#clock),
      loadTime: new LoadTime(),
      schema: options.schema,
      codecOf: codecsWith(policy.codec),
      packing: new Packing({
        sealer: this.#sealer,
        compressorOf: compressorsWith(policy.compression?.compressor),
        onError: (error) => this.#background.report(error),
        namespace: this.#namespace,
        cache: name,
        deadlines: this.#deadlines,
      }),
      naming: { key: this.#naming?.keys(this.#namespace, name), tag: this.#nameOfTag },
    }
    this.#node.attach(name, near)
    const host = {
      events: this.#events,
      health: () => this.health(),
      close: () => this.#forget(name),
      locks: <K>(nameOf: (key: K) => string) => this.#locksOf(name, { nameOf, policy }),
    }
    return new Cache(parts, { options, policy, host })
  }

  #locksOf<K>(cache: string, how: { readonly nameOf: (key: K) => string; readonly policy: Policy }): KeyLocks<K> {
    const { nameOf, policy } = how
    const timeoutMs = policy.storeTimeoutMs
    return new KeyLocks({ keeper: this.#keeper, namespace: this.#namespace, cache, nameOf, timeoutMs })
  }

  #queueOf(cache: string): CacheParts<never>['queue'] {
    const { queue } = this.#backend
    if (queue === undefined) return undefined
    const how = { deadlines: this.#deadlines, timeoutMs: this.#policy.storeTimeoutMs }
    return { calls: new FarQueue(queue, how), name: queueName(this.#namespace, cache) }
  }

  async #forget(name: string): Promise<void> {
    this.#caches.delete(name)
    this.#node.detach(name)
    if (this.#life === 'ends-with-its-cache') await this.close()
  }

  #open(): void {
    if (this.#closing !== undefined) throw new CacheClosedError('the cache manager is closed')
  }
}

/**
 * Makes a manager of caches. It connects in the background; until it is connected, reads load what they need.
 * @throws TypeError naming the option, for one that is out of its range.
 */
export function createCacheManager(options: ManagerOptions = {}): CacheManager {
  return new CacheManager(options)
}

/** @throws UnsupportedError for a memory without a bound in time over a backend that tells nobody of invalidations. */
function requireBound(
  l1: L1Options | false,
  { ttlMs, backend }: { readonly ttlMs: number; readonly backend: Backend },
): void {
  if (l1 === false || ttlMs !== Infinity || backend.journal?.manifest.delivery !== 'none') return
  throw new UnsupportedError(
    `the backend ${backend.name} tells no process of the invalidations of another: give it the journal of a backend that does, ` +
      "or say how stale an answer from this process' memory may be (`l1: { ttl: '5s' }`), or do without (`l1: false`)",
  )
}

function checkName(name: unknown, what: string): string {
  if (typeof name === 'string' && name.length > 0 && name.length <= 128 && name.isWellFormed()) return name
  throw new TypeError(
    `${what} must be a string of 1 to 128 characters, got ${typeof name === 'string' ? JSON.stringify(name.slice(0, 20)) : typeof name}`,
  )
}

function checkSealer(sealer: Sealer | undefined): Sealer | undefined {
  if (sealer === undefined) return undefined
  checkObject(sealer, 'sealer')
  if (typeof sealer.name === 'string' && typeof sealer.seal === 'function' && typeof sealer.open === 'function')
    return sealer
  throw new TypeError('sealer must be an object with name, seal and open, as aesGcm() of @larder/crypto makes it')
}

function checkNaming(naming: Naming | undefined): Naming | undefined {
  if (naming === undefined) return undefined
  checkObject(naming, 'naming')
  const methods: readonly (keyof Naming)[] = ['keys', 'tags', 'recognizes']
  if (methods.every((method) => typeof naming[method] === 'function')) return naming
  throw new TypeError(
    'naming must be an object with keys, tags and recognizes, as hashKeys() of @larder/crypto makes it',
  )
}

function checkCacheOptions<T, K>(options: CacheOptions<T, K>): void {
  checkObject(options, 'options')
  checkFunction(options.key, 'key')
  checkFunction(options.load, 'load')
  checkFunction(options.loadMany, 'loadMany')
  checkFunction(options.write, 'write')
  resolveWriteBehind(options.writeBehind)
  if (options.schema !== undefined && typeof options.schema['~standard']?.validate !== 'function') {
    throw new TypeError('schema must be a Standard Schema: an object with ~standard.validate')
  }
}

function sameOptions(before: object, now: object): boolean {
  const names = new Set([...Object.keys(before), ...Object.keys(now)])
  return [...names].every((name) => Reflect.get(before, name) === Reflect.get(now, name))
}

/** Finds the codec that wrote an entry: the cache's own, or one of Larder's, so that changing the codec does not lose what is stored. */
function codecsWith(own: Codec): (id: number) => Codec | undefined {
  const known = new Map<number, Codec>([msgpackCodec, jsonCodec, own].map((codec) => [codec.id, codec]))
  return (id) => known.get(id)
}
