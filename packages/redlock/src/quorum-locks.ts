import { CacheError, StoreTimeoutError, StoreUnavailableError } from '@larder/core'
import type { Clock, LockAnswer, LockRequest, Locks, LocksManifest, LockWatch, Random } from '@larder/core/contracts'
import { Lock } from '@sesamecare-oss/redlock'
import type { Redlock } from '@sesamecare-oss/redlock'
import { elect } from './election.ts'
import type { Ballot, Tally } from './election.ts'

/** What {@link QuorumLocks} are made of. */
export interface QuorumLocksParts {
  readonly servers: readonly Locks[]
  readonly nodeTimeoutMs: number
  readonly clock: Clock
  readonly random: Random
  readonly close: () => Promise<void>
}

/** Those who wait for a lock wake at different times within so many milliseconds: at once, they would split the votes again. */
const WAKE_SPREAD_MS = 20

interface Holder {
  readonly key: string
  readonly token: string
}

type Granted = Extract<LockAnswer, { readonly kind: 'granted' }>

/** The {@link Locks} of a majority of servers. */
export class QuorumLocks implements Locks {
  readonly manifest: LocksManifest
  readonly #parts: QuorumLocksParts

  constructor(parts: QuorumLocksParts) {
    this.#parts = parts
    const manifests = parts.servers.map(({ manifest }) => manifest)
    this.manifest = {
      name: 'redlock',
      shared: manifests.every(({ shared }) => shared),
      maxKeyBytes: Math.min(...manifests.map(({ maxKeyBytes }) => maxKeyBytes)),
    }
  }

  /**
   * Two rounds. The first takes the lock on a majority, each of which names a fencing token; the greatest of them becomes the lock's. The second
   * lifts the last token of a majority to at least that one. Of the next holder's majority at least one server has seen the second round,
   * so his token is greater.
   */
  async acquire(key: string, request: LockRequest): Promise<LockAnswer> {
    const { clock } = this.#parts
    const { token, ttlMs } = request
    const askedAt = clock.monotonic()
    const holder = { key, token }
    const first = await this.#ask(holder, request, (redlock) => redlock.acquire([key], ttlMs))
    if (!first.won) return this.#denied(first)
    const fencingToken = Math.max(...granted(first).map((answer) => answer.fencingToken))
    const raised = { ...request, fenceAbove: fencingToken }
    const second = await this.#ask(holder, raised, (redlock) => redlock.extend(standing(redlock, key), ttlMs))
    if (second.won && clock.monotonic() - askedAt < lifeMs(ttlMs)) return { kind: 'granted', fencingToken }
    await this.#free(holder)
    if (!second.won) return this.#denied(second)
    throw new StoreTimeoutError('the lock servers took longer than the lock would have lasted')
  }

  async extend(key: string, token: string, ttlMs: number): Promise<boolean> {
    const ask = (server: Locks): Promise<boolean> => server.extend(key, token, ttlMs)
    const run = (redlock: Redlock): Promise<unknown> => redlock.extend(standing(redlock, key), ttlMs)
    return this.#decided(await this.#elect({ ask, isFor: Boolean }, run))
  }

  async release(key: string, token: string): Promise<boolean> {
    return this.#decided(await this.#free({ key, token }))
  }

  watch(key: string, woken: () => void): LockWatch {
    const { servers, clock, random } = this.#parts
    let waking = false
    let open = true
    const wake = (): void => {
      if (waking) return
      waking = true
      clock.after(random.fraction() * WAKE_SPREAD_MS, () => {
        waking = false
        if (open) woken()
      })
    }
    const watches = servers.flatMap((server) => server.watch?.(key, wake) ?? [])
    return {
      close: async () => {
        open = false
        await Promise.all(watches.map((watch) => watch.close()))
      },
    }
  }

  close(): Promise<void> {
    return this.#parts.close()
  }

  #ask(holder: Holder, request: LockRequest, run: (redlock: Redlock) => Promise<unknown>): Promise<Tally<LockAnswer>> {
    const ask = (server: Locks): Promise<LockAnswer> => server.acquire(holder.key, request)
    const undo = (server: Locks): Promise<boolean> => server.release(holder.key, holder.token)
    return this.#elect({ ask, isFor: ({ kind }) => kind === 'granted', undo }, run)
  }

  #free(holder: Holder): Promise<Tally<boolean>> {
    const ask = (server: Locks): Promise<boolean> => server.release(holder.key, holder.token)
    return this.#elect({ ask, isFor: Boolean }, (redlock) => redlock.release(standing(redlock, holder.key)))
  }

  #elect<Answer>(
    question: Pick<Ballot<Answer>, 'ask' | 'isFor' | 'undo'>,
    run: (redlock: Redlock) => Promise<unknown>,
  ): Promise<Tally<Answer>> {
    const { servers, nodeTimeoutMs, clock } = this.#parts
    return elect({ ...question, servers, timeoutMs: nodeTimeoutMs, clock }, run)
  }

  /** A majority that could not be asked is an outage; else somebody holds enough of them. */
  #denied(tally: Tally<LockAnswer>): LockAnswer {
    if (tally.failures.length >= tally.majority) throw outage(tally)
    const remaining = tally.answers
      .flatMap((answer) => (answer.kind === 'held' ? [answer.remainingMs ?? Infinity] : []))
      .sort((a, b) => a - b)
    const missing = tally.majority - (this.#parts.servers.length - tally.failures.length - remaining.length)
    const remainingMs = remaining[missing - 1]
    return remainingMs === undefined || remainingMs === Infinity ? { kind: 'held' } : { kind: 'held', remainingMs }
  }

  /** `false` only if a majority says so: with the others silent, the lock may be held all the same. */
  #decided(tally: Tally<boolean>): boolean {
    if (tally.won) return true
    if (tally.answers.filter((held) => !held).length >= tally.majority) return false
    throw outage(tally)
  }
}

function granted(tally: Tally<LockAnswer>): readonly Granted[] {
  return tally.answers.filter((answer) => answer.kind === 'granted')
}

/** A lock for the library to extend or release: whether it still stands is not for the library's wall clock to say. */
function standing(redlock: Redlock, key: string): Lock {
  return new Lock(redlock, [key], '', [], Infinity)
}

/** How long a lock lasts on servers whose clocks drift apart by one percent, in milliseconds. */
function lifeMs(ttlMs: number): number {
  return ttlMs - ttlMs / 100 - Math.min(2, ttlMs / 10)
}

function outage({ failures }: Tally<unknown>): CacheError {
  const known = failures.find((failure) => failure instanceof CacheError)
  const what = 'too few of the lock servers answered to decide'
  return known instanceof StoreTimeoutError
    ? new StoreTimeoutError(`${what}: ${known.message}`, { cause: known })
    : new StoreUnavailableError(known === undefined ? what : `${what}: ${known.message}`, { cause: failures[0] })
}
