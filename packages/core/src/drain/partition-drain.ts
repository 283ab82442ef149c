import type { Clock, Timer } from '../contracts/clock.ts'
import type { Random } from '../contracts/random.ts'
import type { QueuedWrite, QueueName, WriteQueue, WriteRef } from '../contracts/write-queue.ts'
import { frameHead } from '../contracts/frame.ts'
import { WriteLostError } from '../errors/write-lost-error.ts'
import type { WriteBehindPolicy } from '../policy/write-behind-options.ts'
import { Retries } from './retries.ts'

/** What a partition's drain works with. */
export interface DrainParts {
  readonly queue: WriteQueue
  readonly name: QueueName
  readonly options: WriteBehindPolicy
  readonly clock: Clock
  readonly random: Random
  /** Hands writes to the user's writer, within its time limit; answers why some were not made. Never rejects. */
  readonly write: (writes: readonly QueuedWrite[], signal: AbortSignal) => Promise<ReadonlyMap<QueuedWrite, unknown>>
  /** Tells all nodes that keys have changed in the source. Never rejects. */
  readonly announce: (keys: readonly string[]) => Promise<void>
  /** Hears of what no caller does. */
  readonly onError: (error: unknown) => void
  /** Whether dead letters name only the kind of an error, not what it says. */
  readonly discreet: boolean
}

/** Writes put aside, in batches, before no more are claimed. */
const ASIDE_BATCHES = 2

/**
 * Brings the writes of one partition to their writer while it owns it: in order for each key, because nobody else does, and each key's newest
 * value only. A batch that fails is tried again write by write, so that one that always fails holds nobody up.
 */
export class PartitionDrain {
  readonly #parts: DrainParts
  readonly #partition: number
  readonly #token: string
  readonly #retries: Retries
  #fresh: readonly WriteRef[] = []
  #resume = false
  #ownedUntil = -Infinity
  #running: Promise<void> | undefined
  #again = false
  /** The queue did not answer when it was last asked. */
  #troubled = false
  #timer: { readonly timer: Timer; readonly dueAt: number } | undefined
  #state: 'open' | 'closing' | 'closed' = 'open'
  #abort: AbortController | undefined
  #turn: 'fresh' | 'aside' = 'fresh'

  constructor(parts: DrainParts, partition: number) {
    this.#parts = parts
    this.#partition = partition
    this.#token = parts.random.token()
    this.#retries = new Retries({ ...parts, backoffMs: parts.options.backoffMs })
  }

  /** Looks for work after `delayMs`, or earlier if that was asked for already. */
  wake(delayMs: number): void {
    if (this.#state === 'closed') return
    const { clock, queue } = this.#parts
    const dueAt = clock.monotonic() + delayMs
    if (this.#timer !== undefined && this.#timer.dueAt <= dueAt) return
    this.#timer?.timer.cancel()
    const fire = (): void => {
      this.#timer = undefined
      void this.run()
    }
    // What only this process has keeps it alive; what is journaled waits for the next one.
    const timer = queue.manifest.durable ? clock.after(delayMs, fire, 'background') : clock.after(delayMs, fire)
    this.#timer = { timer, dueAt }
  }

  /** Tries now what waits for another attempt. */
  hurry(): Promise<void> {
    this.#retries.hurry()
    return this.run()
  }

  /** Works until nothing is left to do now. Never rejects. */
  run(): Promise<void> {
    if (this.#running !== undefined) this.#again = true
    this.#running ??= this.#runAll().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Works until nothing is left to do now; with a durable queue, until the writer fails. */
  async finish(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closing'
    await this.hurry()
  }

  /** Ends it: aborts the writer under way, and gives the partition up. */
  async close(): Promise<void> {
    this.#state = 'closed'
    this.#timer?.timer.cancel()
    this.#abort?.abort(new Error('the cache was closed'))
    await this.#running
    const { queue, name } = this.#parts
    if (this.#ownedUntil > this.#parts.clock.monotonic())
      await queue.release(name, this.#partition, this.#token).catch(() => {})
  }

  async #runAll(): Promise<void> {
    do {
      this.#again = false
      try {
        while (this.#state !== 'closed' && (await this.#step()) === 'more');
      } catch (error) {
        // Whether the queue did what it was asked is unknown: ask it for everything again.
        this.#resume = true
        this.#ownedUntil = -Infinity
        if (!this.#troubled) this.#parts.onError(error)
        this.#troubled = true
        this.wake(this.#parts.options.takeoverMs / 10)
      }
    } while (this.#again && this.#state !== 'closed')
  }

  /** One claim and one call of the writer; `more` if there may be more to do now. */
  async #step(): Promise<'more' | 'done'> {
    if (!(await this.#claim())) return 'done'
    if (this.#state === 'closed') return 'done'
    const pauseMs = this.#retries.pauseMs
    if (pauseMs > 0) return this.#later(pauseMs)
    const refs = this.#nextRefs()
    if (refs !== undefined) {
      const wrote = await this.#attempt(refs)
      return wrote || this.#state === 'open' || !this.#parts.queue.manifest.durable ? 'more' : 'done'
    }
    return this.#retries.dueMs === undefined ? 'done' : this.#later(this.#retries.dueMs)
  }

  /** Comes back in time for the next attempt, and before the partition has to be claimed again. */
  #later(delayMs: number): 'done' {
    this.wake(Math.min(delayMs, this.#parts.options.takeoverMs / 3))
    return 'done'
  }

  /** The owner's lease, and what is new. `false`: there is nothing to do here now. */
  async #claim(): Promise<boolean> {
    const { queue, name, options, clock } = this.#parts
    const full = this.#retries.size >= options.batchSize * ASIDE_BATCHES || this.#fresh.length > 0
    const request = {
      token: this.#token,
      leaseMs: options.takeoverMs,
      most: full ? 0 : options.batchSize,
      resume: this.#resume,
    }
    const sentAt = clock.monotonic()
    const claimed = await queue.claim(name, this.#partition, request)
    this.#resume = false
    this.#troubled = false
    if (claimed.kind !== 'owned' || claimed.all) {
      this.#retries.clear()
      this.#fresh = []
    }
    if (claimed.kind !== 'owned') {
      this.#ownedUntil = -Infinity
      if (claimed.kind === 'held') this.wake(options.takeoverMs / 2)
      return false
    }
    this.#ownedUntil = sentAt + options.takeoverMs
    // What has been tried before may be what made a process fail: alone, it harms nobody else.
    for (const ref of claimed.refs) if (ref.attempts > 0) this.#retries.add(ref, 0)
    this.#fresh = [...this.#fresh, ...claimed.refs.filter(({ attempts }) => attempts === 0)]
    return true
  }

  /** A batch of what is new, or one write that has failed before; in turns, so that neither holds up the other. */
  #nextRefs(): readonly WriteRef[] | undefined {
    const aside = this.#turn === 'aside' || this.#fresh.length === 0 ? this.#retries.next() : undefined
    this.#turn = this.#turn === 'aside' ? 'fresh' : 'aside'
    if (aside !== undefined) return [aside]
    if (this.#fresh.length === 0) return undefined
    const batch = this.#fresh.slice(0, this.#parts.options.batchSize)
    this.#fresh = this.#fresh.slice(batch.length)
    return batch
  }

  /** Hands writes to the writer, and tells the queue what became of them; whether any was made. */
  async #attempt(refs: readonly WriteRef[]): Promise<boolean> {
    const { queue, name, write, onError } = this.#parts
    const fetched = await queue.fetch(name, this.#partition, { token: this.#token, refs })
    if (fetched.kind === 'lost') {
      this.#ownedUntil = -Infinity
      return true
    }
    for (const { key } of fetched.gone) {
      const message = 'the value of an acknowledged write was removed from the store by something else than Larder'
      onError(new WriteLostError(message, { key: `${name.cache}:${key}` }))
    }
    if (fetched.writes.length === 0) return true
    // A process that was stopped here for longer than it owns the partition must not write: another one does by now.
    if (this.#parts.clock.monotonic() >= this.#ownedUntil) {
      this.#resume = true
      return true
    }
    this.#abort = new AbortController()
    const renewal = this.#renewWhile()
    const failed = await write(fetched.writes, this.#abort.signal).finally(() => renewal.cancel())
    const written = fetched.writes.filter((one) => !failed.has(one))
    if (written.length > 0) this.#retries.succeeded()
    else this.#retries.failed()
    for (const [one, error] of failed) await this.#putAside(one, error)
    if (written.length === 0) return false
    const writes = written.map(({ ref, frame }) => ({ ref, opId: opIdOf(frame) }))
    await queue.settle(name, this.#partition, { token: this.#token, writes })
    await this.#parts.announce(written.map(({ ref }) => ref.key))
    return true
  }

  async #putAside({ ref, frame }: QueuedWrite, error: unknown): Promise<void> {
    const { queue, name, options, onError } = this.#parts
    if (this.#state === 'closed') return
    onError(error)
    const attempts = ref.attempts + 1
    if (attempts >= options.attempts) {
      const request = {
        ref,
        opId: opIdOf(frame),
        reason: reasonOf(error, this.#parts.discreet),
        most: options.maxPending,
        token: this.#token,
      }
      const buried = await queue.bury(name, this.#partition, request)
      if (buried === 'settled') await this.#parts.announce([ref.key])
      if (buried !== 'full') return
    }
    this.#retries.add({ ...ref, attempts }, attempts)
  }

  /** Keeps the partition while the writer works. When it is lost, somebody else may be writing: the writer is told. */
  #renewWhile(): { cancel(): void } {
    const { queue, name, options, clock } = this.#parts
    const abort = this.#abort as AbortController
    let timer: Timer
    let ended = false
    const lose = (): void => {
      this.#ownedUntil = -Infinity
      abort.abort(new Error('another process has taken the writes over'))
    }
    const renew = async (): Promise<void> => {
      const sentAt = clock.monotonic()
      const request = { token: this.#token, leaseMs: options.takeoverMs, most: 0, resume: false }
      const claimed = await queue.claim(name, this.#partition, request).catch(() => undefined)
      if (ended) return
      if (claimed?.kind === 'held') return lose()
      if (claimed?.kind === 'owned') this.#ownedUntil = sentAt + options.takeoverMs
      else if (clock.monotonic() >= this.#ownedUntil) return lose()
      later()
    }
    const later = (): void => {
      timer = clock.after(options.takeoverMs / 3, () => void renew(), 'background')
    }
    later()
    return {
      cancel: () => {
        ended = true
        timer.cancel()
      },
    }
  }
}

function opIdOf(frame: Uint8Array): string {
  return frameHead(frame)?.id ?? ''
}

/** Longest reason that is kept, in UTF-16 units. */
const LONGEST_REASON = 500

function reasonOf(error: unknown, discreet: boolean): string {
  if (discreet) return error instanceof Error ? error.name.slice(0, LONGEST_REASON) : typeof error
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, LONGEST_REASON)
}
