import { createCacheManager, memory } from '@larder/core'
import type { Cache, CacheManager, Lock } from '@larder/core'
import type { LockAnswer, LockRequest, Locks, LocksManifest } from '@larder/core/contracts'
import { FakeClock, SeededRandom } from '@larder/testing'
import { afterEach, expect } from 'vitest'

/** Fails the test during which a rejection went unheard. */
export function expectNoUnheardRejection(): void {
  const unheard: unknown[] = []
  process.on('unhandledRejection', (reason) => void unheard.push(reason))
  afterEach(() => expect(unheard.splice(0)).toEqual([]))
}

/** Locks that a test can break: while a method is `held back`, its calls wait, and are carried out when they are let go. */
export class SwitchedLocks implements Locks {
  readonly manifest: LocksManifest
  readonly calls: string[] = []
  mode: 'up' | 'reject' | 'hang' | 'late' = 'up'
  readonly #locks: Locks
  readonly #late: (() => void)[] = []

  constructor(locks: Locks) {
    this.#locks = locks
    this.manifest = locks.manifest
  }

  acquire(key: string, request: LockRequest): Promise<LockAnswer> {
    return this.#call('acquire', () => this.#locks.acquire(key, request))
  }

  extend(key: string, token: string, ttlMs: number): Promise<boolean> {
    return this.#call('extend', () => this.#locks.extend(key, token, ttlMs))
  }

  release(key: string, token: string): Promise<boolean> {
    return this.#call('release', () => this.#locks.release(key, token))
  }

  /** Delivers the answers that were held back; what they answer was done at once. */
  deliver(): void {
    for (const deliver of this.#late.splice(0)) deliver()
  }

  async close(): Promise<void> {
    this.calls.push('close')
  }

  #call<R>(name: string, call: () => Promise<R>): Promise<R> {
    this.calls.push(name)
    if (this.mode === 'reject') return Promise.reject(new Error('ECONNREFUSED'))
    if (this.mode === 'hang') return new Promise(() => {})
    if (this.mode === 'up') return call()
    const answer = call()
    return new Promise((resolve) => this.#late.push(() => resolve(answer)))
  }
}

export interface LockWorld {
  readonly clock: FakeClock
  readonly locks: SwitchedLocks
  readonly errors: unknown[]
  readonly caches: CacheManager
  readonly users: Cache<string>
  /** Another process: it shares the backend, nothing else. */
  readonly others: CacheManager
}

let seed = 0

export function makeLockWorld({ watched = true }: { readonly watched?: boolean } = {}): LockWorld {
  const clock = new FakeClock()
  const backend = memory({ clock })
  const shared = backend.locks as Locks
  const locks = new SwitchedLocks(shared)
  if (watched) Object.assign(locks, { watch: shared.watch?.bind(shared) })
  const errors: unknown[] = []
  const manager = (own: object): CacheManager =>
    createCacheManager({
      l2: backend,
      clock,
      random: new SeededRandom(++seed),
      onError: (error) => errors.push(error),
      ...own,
    })
  const caches = manager({ locks })
  return { clock, locks, errors, caches, users: caches.cache<string>('users'), others: manager({}) }
}

/** What became of a promise so far. */
export function watch<R>(promise: Promise<R>): {
  state: 'pending' | 'resolved' | 'rejected'
  value?: R
  error?: unknown
} {
  const seen: ReturnType<typeof watch<R>> = { state: 'pending' }
  promise.then(
    (value) => Object.assign(seen, { state: 'resolved', value }),
    (error: unknown) => Object.assign(seen, { state: 'rejected', error }),
  )
  return seen
}

/** A body that runs until it is told to end. */
export function held(): { body: (lock: Lock) => Promise<string>; lock: () => Lock; end: (result?: string) => void } {
  let resolve = (_: string): void => {}
  let lock: Lock | undefined
  const done = new Promise<string>((go) => (resolve = go))
  return {
    body: (given) => {
      lock = given
      return done
    },
    lock: () => {
      if (lock === undefined) throw new Error('the body has not begun')
      return lock
    },
    end: (result = 'done') => resolve(result),
  }
}
