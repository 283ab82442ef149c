import type { Clock, Timer } from '../contracts/clock.ts'
import type { Random } from '../contracts/random.ts'
import { LockLostError } from '../errors/lock-lost-error.ts'
import type { Duration } from '../policy/duration.ts'
import { lockTtlMs } from '../policy/lock-options.ts'
import { checkingController } from './checking-controller.ts'
import type { Lock } from './lock.ts'
import type { LockPort, LockTarget } from './lock-port.ts'

/** What a {@link HeldLock} is made of. */
export interface HeldLockParts {
  readonly target: LockTarget
  readonly token: string
  readonly fencingToken: number
  readonly ttlMs: number
  /** Monotonic ms, before the request was sent. */
  readonly askedAt: number
  readonly port: LockPort
  readonly clock: Clock
  readonly random: Random
  /** Takes charge of work that nobody waits for. */
  readonly own: (work: Promise<unknown>) => void
  /** Hears of failures that nobody else does. */
  readonly report: (error: unknown) => void
  /** Called once, when the lock is released or lost. */
  readonly ended: (lock: HeldLock) => void
}

/**
 * A lock, from its grant to its release or loss. It counts as held until `ttl` after it was *asked* for, less a margin for clocks that run
 * at different speeds; from then on it is lost, whatever the backend may say later.
 */
export class HeldLock implements Lock {
  readonly key: string
  readonly fencingToken: number
  readonly #parts: HeldLockParts
  readonly #controller: AbortController
  #state: 'held' | 'releasing' | 'released' | 'lost' = 'held'
  /** Monotonic ms. */
  #validUntil: number
  /** Monotonic ms until which it extends itself. */
  #keepUntil = 0
  #lossTimer: Timer | undefined
  #keepTimer: Timer | undefined
  #releasing: Promise<boolean> | undefined

  constructor(parts: HeldLockParts) {
    this.#parts = parts
    this.key = parts.target.shown
    this.fencingToken = parts.fencingToken
    this.#validUntil = parts.askedAt + validMs(parts.ttlMs)
    this.#controller = checkingController(() => this.#check())
    this.#watchLoss()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Whether its time has not run out. Notices if it has. */
  get held(): boolean {
    this.#check()
    return this.#state === 'held'
  }

  async extend(ttl?: Duration): Promise<void> {
    const ttlMs = ttl === undefined ? this.#parts.ttlMs : lockTtlMs(ttl)
    if (this.held) await this.#extend(ttlMs)
    if (this.held) return
    throw this.#state === 'lost'
      ? this.signal.reason
      : new LockLostError('the lock has been released: obtain it again', { key: this.key })
  }

  release(): Promise<boolean> {
    this.#check()
    if (this.#state === 'released') return Promise.resolve(false)
    this.#releasing ??= this.#release()
    return this.#releasing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'released') return
    try {
      if (await this.release()) return
      const reason: unknown =
        this.#state === 'lost' ? this.signal.reason : this.#lost('it was gone when it was released')
      // Whoever closed the manager knows.
      if (reason instanceof LockLostError) this.#parts.report(reason)
    } catch (error) {
      // Never in place of the result or the error of what ran under the lock. It runs out by itself.
      this.#parts.report(error)
    }
  }

  /** Extends it every third of its time, until `holdMs` after it was asked for. */
  keep(holdMs: number): void {
    this.#keepUntil = this.#parts.askedAt + holdMs
    if (holdMs > this.#parts.ttlMs) this.#keepLater(this.#parts.ttlMs / 3)
  }

  /** Takes it away from its holder, for that reason, and frees it for others. Bounded; never rejects. */
  async revoke(reason: Error): Promise<void> {
    this.#lose(reason)
    await this.#free()
  }

  #check(): void {
    if (this.#state !== 'held' || this.#parts.clock.monotonic() < this.#validUntil) return
    this.#lose(this.#lost('its time ran out before it was extended or released'))
  }

  #lose(reason: Error): void {
    if (this.#state !== 'held') return
    this.#state = 'lost'
    this.#stop()
    this.#controller.abort(reason)
  }

  #lost(how: string): LockLostError {
    return new LockLostError(`the lock was lost: ${how}`, { key: this.key })
  }

  #stop(): void {
    this.#lossTimer?.cancel()
    this.#keepTimer?.cancel()
    this.#parts.ended(this)
  }

  #watchLoss(): void {
    const { clock } = this.#parts
    const leftMs = Math.max(0, this.#validUntil - clock.monotonic())
    const look = (): void => {
      this.#check()
      if (this.#state === 'held') this.#watchLoss()
    }
    this.#lossTimer = clock.after(leftMs, look, 'background')
  }

  /** @throws CacheError if the outcome is unknown: what held before holds on. */
  async #extend(ttlMs: number): Promise<void> {
    const { port, target, token, clock, own } = this.#parts
    const askedAt = clock.monotonic()
    const extended = await port.extend(target, token, ttlMs)
    if (this.#state !== 'held') return
    if (extended) {
      // Nobody else can have had it in between: the token still held it.
      this.#validUntil = Math.max(this.#validUntil, askedAt + validMs(ttlMs))
    } else {
      this.#lose(this.#lost('somebody took it away, or the server lost it'))
      // Of several servers some may still hold it.
      own(this.#free())
    }
  }

  #keepLater(delayMs: number): void {
    this.#keepTimer = this.#parts.clock.after(delayMs, () => this.#parts.own(this.#keepOn()), 'background')
  }

  async #keepOn(): Promise<void> {
    const { clock, random } = this.#parts
    const most = Math.floor(this.#keepUntil - clock.monotonic())
    const ttlMs = Math.min(this.#parts.ttlMs, most)
    if (!this.held || ttlMs < 1) return
    let pauseMs = this.#parts.ttlMs / 3
    try {
      await this.#extend(ttlMs)
      if (ttlMs === most) return
    } catch {
      // Told by the signal if it does not succeed in time.
      pauseMs = (this.#parts.ttlMs / 12) * (0.75 + random.fraction() / 2)
    }
    if (this.held) this.#keepLater(pauseMs)
  }

  async #release(): Promise<boolean> {
    if (this.#state === 'lost') {
      await this.#free()
      return false
    }
    this.#state = 'releasing'
    this.#lossTimer?.cancel()
    this.#keepTimer?.cancel()
    const { port, target, token } = this.#parts
    try {
      const released = await port.release(target, token)
      this.#state = 'released'
      return released
    } catch (error) {
      this.#releasing = undefined
      throw error
    } finally {
      this.#parts.ended(this)
    }
  }

  async #free(): Promise<void> {
    const { port, target, token } = this.#parts
    // What cannot be freed runs out by itself.
    await port.release(target, token).catch(() => {})
  }
}

/**
 * How long a lock of `ttlMs` counts as held, in milliseconds: clocks may drift apart by one percent, and servers count in whole
 * milliseconds.
 */
function validMs(ttlMs: number): number {
  return ttlMs - ttlMs / 100 - Math.min(2, ttlMs / 10)
}
