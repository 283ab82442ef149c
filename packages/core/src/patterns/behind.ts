import type { BuriedWrite, QueuedWrite, Revived } from '../contracts/write-queue.ts'
import { boundedWait } from '../drain/bounded-wait.ts'
import { Drain } from '../drain/drain.ts'
import { CacheClosedError } from '../errors/cache-closed-error.ts'
import { UnsupportedError } from '../errors/unsupported-error.ts'
import { WriterTimeoutError } from '../errors/writer-timeout-error.ts'
import { invalidateKeys } from '../invalidate.ts'
import { parseRecordItem, recordItem } from '../key/cache-key.ts'
import { Patience } from '../load/patience.ts'
import type { Outcome } from '../observe/outcome.ts'
import type { CacheParts } from '../parts.ts'
import { pendingWrite } from '../pending-write.ts'
import { markTtlMs } from '../policy/policy.ts'
import type { Policy } from '../policy/policy.ts'
import type { WriteBehindPolicy } from '../policy/write-behind-options.ts'
import type { WriteMany } from '../policy/writer.ts'
import { itemOf, labelEntry, opIdOf, writeBatch } from './batch-writer.ts'
import { DeadLetters } from './dead-letters.ts'
import type { DeadLetter } from './dead-letters.ts'
import { writeBehind } from './write-behind.ts'
import type { Journaled } from './write-behind.ts'

type Queue<T> = NonNullable<CacheParts<T>['queue']>

/** What one cache writes behind: what waits for its writer, and the work of bringing it there. */
export class Behind<T, K> {
  readonly deadLetters: DeadLetters<T, K>
  readonly #parts: CacheParts<T>
  readonly #write: WriteMany<T, K> | undefined
  readonly #policy: Policy
  readonly #options: WriteBehindPolicy
  readonly #drain: Drain | undefined
  #closed = false

  constructor(
    parts: CacheParts<T>,
    how: {
      readonly write: WriteMany<T, K> | undefined
      readonly policy: Policy
      readonly options: WriteBehindPolicy
    },
  ) {
    this.#parts = parts
    this.#write = how.write
    this.#policy = how.policy
    this.#options = how.options
    this.#drain = this.#makeDrain()
    this.deadLetters = new DeadLetters({
      buried: async (limit) => {
        const { calls, name } = this.#queue()
        return calls.buried(name, limit)
      },
      read: (write) => this.#deadLetter(write),
      revive: (id) => this.#revive(id),
      discard: async (id) => {
        const { calls, name } = this.#queue()
        return calls.discard(name, id)
      },
    })
  }

  /**
   * Makes a write-behind ready: what it answers journals it. Throws here what is the caller's mistake.
   * @throws UnsupportedError for a backend without a queue; TypeError without a `write` option.
   */
  prepare(item: {
    readonly key: K
    readonly name: string
    readonly value: T
    readonly policy: Policy
    readonly signal: AbortSignal | undefined
  }): () => Promise<Journaled> {
    const queue = this.#queue()
    const { name, value, policy, signal } = item
    if (this.#write === undefined)
      throw new TypeError(
        `the cache ${this.#parts.name} has no write option: writeBehind needs one, in every process that may have to finish the write`,
      )
    const assertOpen = (): void => {
      if (this.#closed)
        throw new CacheClosedError(`the cache ${this.#parts.name} was closed before the write was journaled`)
    }
    if (this.#parts.naming.key !== undefined && !this.#parts.packing.seals)
      throw new UnsupportedError(
        'writeBehind must give the writer its key back, and the naming hides keys: set a sealer as well, so that the key is journaled sealed',
      )
    const label = labelEntry(this.#parts, item.key)
    const request = { key: name, value, label, policy, options: this.#options, signal, assertOpen }
    return async () => {
      signal?.throwIfAborted()
      await queue.calls.ready()
      const { journaled, partition } = await writeBehind(this.#parts, queue, request)
      if (partition !== undefined) this.#drain?.wake(partition)
      return journaled
    }
  }

  /** Resolves when everything acknowledged before has reached its writer, or is a dead letter. */
  async flush(deadlineMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { queue, clock, random } = this.#parts
    if (queue === undefined) return
    signal?.throwIfAborted()
    const late = (): Error => new WriterTimeoutError(`flush: writes still wait for their writer after ${deadlineMs} ms`)
    const { position } = await queue.calls.size(queue.name)
    const patience = new Patience(clock, random, deadlineMs)
    await boundedWait(this.#drain?.hurry() ?? Promise.resolve(), { clock, ms: deadlineMs, signal, late })
    while (!(await queue.calls.passed(queue.name, position))) {
      const waited = await patience.wait(signal)
      signal?.throwIfAborted()
      if (!waited) throw late()
    }
  }

  /** What waits for its writer under keys that the cache has no value for. A queue that cannot be asked has nothing. */
  async pending(names: readonly string[], policy: Policy): Promise<readonly (Outcome<T> | undefined)[]> {
    const { queue } = this.#parts
    if (queue === undefined || this.#write === undefined || names.length === 0) return []
    try {
      const frames = await queue.calls.pending(
        queue.name,
        names.map((name) => this.#escaped(name)),
      )
      return await Promise.all(
        frames.map(async (frame, i) =>
          frame === undefined ? undefined : pendingWrite(this.#parts, { key: names[i] as string, frame }, policy),
        ),
      )
    } catch (error) {
      this.#parts.observer.storeFailed(error)
      return []
    }
  }

  /** A write-behind of the key that is pending would overwrite, in the source, what is written through now. */
  async settled(name: string, policy: Policy, signal: AbortSignal | undefined): Promise<void> {
    const { queue, clock, random } = this.#parts
    if (queue === undefined) return
    const patience = new Patience(clock, random, policy.hardTimeoutMs)
    void this.#drain?.hurry()
    for (;;) {
      const [frame] = await queue.calls.pending(queue.name, [this.#escaped(name)])
      if (frame === undefined) return
      const waited = await patience.wait(signal)
      signal?.throwIfAborted()
      if (waited) continue
      const message = `a write-behind of the key still waited after ${policy.hardTimeoutMs} ms, so this write was not made`
      throw new WriterTimeoutError(message, { key: recordItem(this.#parts.name, name) })
    }
  }

  /** Ends the work behind. Never rejects. */
  async close(deadlineMs: number): Promise<void> {
    this.#closed = true
    await this.#drain?.close(deadlineMs)
  }

  #makeDrain(): Drain | undefined {
    const { queue, clock, random, background } = this.#parts
    const write = this.#write
    if (queue === undefined || write === undefined) return undefined
    return new Drain({
      queue: queue.calls,
      name: queue.name,
      options: this.#options,
      clock,
      random,
      write: (writes, signal) =>
        writeBatch(this.#parts, writes, {
          write,
          signal,
          nameOf: (key) => this.#nameOf(key),
          hardTimeoutMs: this.#policy.hardTimeoutMs,
          afterwards: (late) => background.own(this.#invalidate(keysOf(late))),
        }),
      announce: (keys) => this.#announce(keys),
      onError: (error) => background.report(error),
      // What a source says about a value it refuses may quote it.
      discreet: this.#parts.packing.seals,
    })
  }

  /** Tells all nodes that the source has changed; what cannot be told now is told later. `keys` as they stand in records. */
  async #announce(keys: readonly string[]): Promise<void> {
    const { node, near } = this.#parts
    for (const key of this.#namesOf(keys)) near.forget(key)
    const items = keys.map((key) => this.#itemOf(key))
    try {
      await node.append({ kind: 'keys', items, markTtlMs: markTtlMs(this.#policy) }, this.#policy.storeTimeoutMs)
    } catch (error) {
      node.queue({ kind: 'keys', items }, error as Error)
    }
  }

  /** A writer that was given up has changed the source after all: what a read has cached meanwhile goes. */
  async #invalidate(keys: readonly string[]): Promise<void> {
    try {
      await invalidateKeys(this.#parts, this.#namesOf(keys), { removal: 'delete', policy: this.#policy })
    } catch (error) {
      this.#parts.node.queue({ kind: 'keys', items: keys.map((key) => this.#itemOf(key)) }, error as Error)
    }
  }

  async #revive(id: string): Promise<Revived> {
    const { calls, name } = this.#queue()
    const revived = await calls.revive(name, id)
    if (revived.kind !== 'queued') return revived
    await this.#announce([revived.key])
    this.#drain?.wake(revived.partition)
    return revived
  }

  async #deadLetter(write: BuriedWrite): Promise<DeadLetter<T, K>> {
    const { id, reason, attempts, buriedAt } = write
    const rest = { id, reason, attempts, buriedAt }
    try {
      const item = await itemOf<T, K>(this.#parts, { ...write, key: this.#nameOf(write.key) })
      return { ...rest, ...item, version: item.version ?? write.sequence }
    } catch {
      return { ...rest, key: undefined, value: undefined, version: write.sequence, opId: opIdOf(write.frame) }
    }
  }

  #queue(): Queue<T> {
    const { queue } = this.#parts
    if (queue !== undefined) return queue
    throw new UnsupportedError('the backend has no queue for writes: use one that has, such as redis() or memory()')
  }

  #escaped(name: string): string {
    const item = recordItem(this.#parts.name, name)
    return item.slice(item.indexOf(':') + 1)
  }

  #namesOf(escaped: readonly string[]): readonly string[] {
    return escaped.map((key) => this.#nameOf(key))
  }

  #nameOf(escaped: string): string {
    return parseRecordItem(this.#itemOf(escaped))?.key ?? escaped
  }

  #itemOf(escaped: string): string {
    return `${this.#parts.queue?.name.cache}:${escaped}`
  }
}

function keysOf(writes: readonly QueuedWrite[]): readonly string[] {
  return writes.map(({ ref }) => ref.key)
}
