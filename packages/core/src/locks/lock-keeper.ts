import type { Clock } from '../contracts/clock.ts'
import type { LockAnswer, Locks } from '../contracts/locks.ts'
import type { Random } from '../contracts/random.ts'
import { Deadlines } from '../deadline.ts'
import { CacheClosedError } from '../errors/cache-closed-error.ts'
import { LockTimeoutError } from '../errors/lock-timeout-error.ts'
import { StoreTimeoutError } from '../errors/store-timeout-error.ts'
import { StoreUnavailableError } from '../errors/store-unavailable-error.ts'
import type { LockPlan } from '../policy/lock-options.ts'
import { Alarm } from './alarm.ts'
import { HeldLock } from './held-lock.ts'
import type { Lock } from './lock.ts'
import { LockPort } from './lock-port.ts'
import type { LockTarget } from './lock-port.ts'
import { Pauses } from './pauses.ts'
import { Turns } from './turns.ts'
import { Wait } from './wait.ts'

/** How long a wait goes on although the backend fails every attempt, in milliseconds. */
const OUTAGE_MS = 5_000

/** What one attempt came to. */
type Attempt = { readonly kind: 'lock'; readonly lock: HeldLock } | Exclude<LockAnswer, { kind: 'granted' }>

/** What a {@link LockKeeper} is made of. */
export interface LockKeeperParts {
  readonly locks: Locks
  readonly clock: Clock
  readonly random: Random
  /** Hears of failures that nobody else does. */
  readonly onError: (error: unknown) => void
}

/** Obtains the locks of one manager, and knows which of them are held. */
export class LockKeeper {
  readonly #port: LockPort
  readonly #clock: Clock
  readonly #random: Random
  readonly #onError: (error: unknown) => void
  readonly #turns = new Turns()
  /** Of those whose turn it is. */
  readonly #alarms = new Map<string, Alarm>()
  readonly #held = new Set<HeldLock>()
  /** Runs of `withLock`. */
  readonly #bodies = new Set<Promise<unknown>>()
  /** Bounded work that nobody waits for. */
  readonly #chores = new Set<Promise<unknown>>()
  /** Aborts when `close()` has waited long enough. */
  readonly #ended = new AbortController()

  constructor({ locks, clock, random, onError }: LockKeeperParts) {
    this.#port = new LockPort(locks, new Deadlines(clock))
    this.#clock = clock
    this.#random = random
    this.#onError = onError
  }

  /** @throws InvalidKeyError for a key that the backend cannot hold. */
  check(target: LockTarget): void {
    this.#port.check(target)
  }

  /** One attempt. `undefined`: somebody else holds the lock, or its time was over before the answer came. */
  async tryLock(
    target: LockTarget,
    ttlMs: number,
    signals: readonly (AbortSignal | undefined)[],
  ): Promise<HeldLock | undefined> {
    const wait = new Wait({ clock: this.#clock, late: neverLate, signals })
    try {
      const attempt = await this.#attempt(target, ttlMs, wait)
      return attempt.kind === 'lock' ? attempt.lock : undefined
    } finally {
      wait.end()
    }
  }

  /** Runs the body under the lock, and releases it however the body ends. */
  async withLock<R>(
    target: LockTarget,
    plan: LockPlan & { readonly closing: AbortSignal },
    body: (lock: Lock) => R | Promise<R>,
  ): Promise<R> {
    const lock = await this.#obtain(target, plan)
    lock.keep(plan.holdMs)
    const run = (async () => {
      try {
        return await body(lock)
      } finally {
        await lock[Symbol.asyncDispose]()
      }
    })()
    this.#bodies.add(run)
    void run.catch(() => {}).finally(() => this.#bodies.delete(run))
    const wait = new Wait({ clock: this.#clock, late: neverLate, signals: [this.#ended.signal] })
    return wait.race(run).finally(() => wait.end())
  }

  /**
   * Waits for the bodies that run, for at most `deadlineMs`; then takes all locks away from their holders and releases them. Whoever waits for
   * a lock has to be told before.
   */
  async close(deadlineMs: number): Promise<void> {
    await this.#bodiesEnd(deadlineMs)
    const reason = new CacheClosedError('the cache manager was closed while the lock was held')
    const revoked = [...this.#held].map((lock) => lock.revoke(reason))
    this.#ended.abort(reason)
    await Promise.all(revoked)
    while (this.#chores.size > 0) await Promise.all(this.#chores)
  }

  async #obtain(target: LockTarget, plan: LockPlan & { readonly closing: AbortSignal }): Promise<HeldLock> {
    const { ttlMs, waitMs, signal, closing } = plan
    const { shown } = target
    if (waitMs === 0) {
      const lock = await this.tryLock(target, ttlMs, [signal, closing])
      if (lock !== undefined) return lock
      throw new LockTimeoutError('the lock is held by somebody else', { key: shown })
    }
    let failure: Error | undefined
    const late = (): Error =>
      failure ?? new LockTimeoutError(`the lock was not free within ${waitMs} ms`, { key: shown })
    const wait = new Wait({ clock: this.#clock, waitMs, late, signals: [signal, closing] })
    const place = this.#turns.join(target.key)
    try {
      await wait.race(place.turn)
      return await this.#insist(target, { ttlMs, wait, failed: (error) => (failure = error) })
    } finally {
      wait.end()
      place.leave()
    }
  }

  /** Tries until it has the lock or the wait is over. */
  async #insist(
    target: LockTarget,
    how: { readonly ttlMs: number; readonly wait: Wait; readonly failed: (error: Error | undefined) => void },
  ): Promise<HeldLock> {
    const { ttlMs, wait, failed } = how
    const alarm = new Alarm()
    this.#alarms.set(target.key, alarm)
    let watch: { close(): Promise<void> } | undefined
    let pauses: Pauses | undefined
    let failingSince: number | undefined
    try {
      for (;;) {
        let remainingMs: number | undefined
        try {
          const attempt = await this.#attempt(target, ttlMs, wait)
          if (attempt.kind === 'lock') return attempt.lock
          remainingMs = attempt.remainingMs
          failingSince = undefined
          failed(undefined)
        } catch (error) {
          if (wait.over || !(error instanceof StoreTimeoutError || error instanceof StoreUnavailableError)) throw error
          failingSince ??= this.#clock.monotonic()
          if (this.#clock.monotonic() - failingSince >= OUTAGE_MS) throw error
          failed(error)
        }
        watch ??= this.#port.watch(target, alarm.ring)
        pauses ??= new Pauses(this.#random, watch === undefined ? 'untold' : 'told')
        await wait.pause(pauses.next(remainingMs), alarm)
      }
    } finally {
      this.#alarms.delete(target.key)
      if (watch !== undefined) this.#own(watch.close())
    }
  }

  /** Asks for the lock once. Rejects with a CacheError if the backend fails, and as soon as the wait is over. */
  async #attempt(target: LockTarget, ttlMs: number, wait: Wait): Promise<Attempt> {
    wait.check()
    const token = this.#random.token()
    const askedAt = this.#clock.monotonic()
    const asked = this.#port.acquire(target, { token, ttlMs })
    this.#own(asked.catch(() => {}))
    let answer: LockAnswer | undefined
    try {
      answer = await wait.race(asked)
      if (answer.kind === 'held') return answer
      wait.check()
    } catch (error) {
      this.#giveBack(asked, target, token)
      throw error
    }
    const lock = new HeldLock({
      target,
      token,
      fencingToken: answer.fencingToken,
      ttlMs,
      askedAt,
      port: this.#port,
      clock: this.#clock,
      random: this.#random,
      own: (work) => this.#own(work),
      report: this.#onError,
      ended: (ended) => this.#forget(ended, target.key),
    })
    // The answer may have been on its way for longer than the lock is good for.
    if (!lock.held) {
      this.#giveBack(asked, target, token)
      return { kind: 'held' }
    }
    this.#held.add(lock)
    return { kind: 'lock', lock }
  }

  /** Ends what an attempt has got, or may have got, once its answer is there. What cannot be given back runs out by itself. */
  #giveBack(asked: Promise<LockAnswer>, target: LockTarget, token: string): void {
    const release = (): Promise<unknown> => this.#port.release(target, token).catch(() => {})
    this.#own(asked.then(({ kind }) => (kind === 'granted' ? release() : undefined), release))
  }

  #forget(lock: HeldLock, key: string): void {
    if (this.#held.delete(lock)) this.#alarms.get(key)?.ring()
  }

  #own(work: Promise<unknown>): void {
    const chore = work.catch(this.#onError).finally(() => this.#chores.delete(chore))
    this.#chores.add(chore)
  }

  async #bodiesEnd(deadlineMs: number): Promise<void> {
    if (this.#bodies.size === 0) return
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(deadlineMs, resolve)
      void Promise.allSettled(this.#bodies).then(() => {
        timer.cancel()
        resolve()
      })
    })
  }
}

function neverLate(): Error {
  return new Error('a wait without a limit has ended')
}
