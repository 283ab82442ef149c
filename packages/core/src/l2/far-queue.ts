import type { Frame } from '../contracts/frame.ts'
import type {
  BuriedWrite,
  Bury,
  Claim,
  Claimed,
  Enqueue,
  Enqueued,
  Fetched,
  QueueManifest,
  QueueName,
  QueuePosition,
  Revived,
  Settle,
  Settled,
  WriteQueue,
  WriteRef,
} from '../contracts/write-queue.ts'
import type { Deadlines } from '../deadline.ts'
import { StoreTimeoutError } from '../errors/store-timeout-error.ts'
import { unavailable } from './unavailable.ts'

/** A queue whose calls never go without a deadline, and reject with a CacheError. */
export class FarQueue implements WriteQueue {
  readonly #queue: WriteQueue
  readonly #deadlines: Deadlines
  readonly #timeoutMs: number

  constructor(queue: WriteQueue, how: { readonly deadlines: Deadlines; readonly timeoutMs: number }) {
    this.#queue = queue
    this.#deadlines = how.deadlines
    this.#timeoutMs = how.timeoutMs
  }

  get manifest(): QueueManifest {
    return this.#queue.manifest
  }

  ready(): Promise<void> {
    return this.#bounded(this.#queue.ready())
  }

  enqueue(queue: QueueName, write: Enqueue): Promise<Enqueued> {
    return this.#bounded(this.#queue.enqueue(queue, write))
  }

  pending(queue: QueueName, keys: readonly string[]): Promise<readonly (Frame | undefined)[]> {
    return this.#bounded(this.#queue.pending(queue, keys))
  }

  claim(queue: QueueName, partition: number, claim: Claim): Promise<Claimed> {
    return this.#bounded(this.#queue.claim(queue, partition, claim))
  }

  fetch(
    queue: QueueName,
    partition: number,
    request: { readonly token: string; readonly refs: readonly WriteRef[] },
  ): Promise<Fetched> {
    return this.#bounded(this.#queue.fetch(queue, partition, request))
  }

  settle(
    queue: QueueName,
    partition: number,
    request: { readonly token: string; readonly writes: readonly Settle[] },
  ): Promise<readonly Settled[]> {
    return this.#bounded(this.#queue.settle(queue, partition, request))
  }

  bury(queue: QueueName, partition: number, request: Bury & { readonly token: string }): Promise<Settled | 'full'> {
    return this.#bounded(this.#queue.bury(queue, partition, request))
  }

  release(queue: QueueName, partition: number, token: string): Promise<void> {
    return this.#bounded(this.#queue.release(queue, partition, token))
  }

  size(queue: QueueName): Promise<{ readonly waiting: number; readonly position: QueuePosition }> {
    return this.#bounded(this.#queue.size(queue))
  }

  passed(queue: QueueName, position: QueuePosition): Promise<boolean> {
    return this.#bounded(this.#queue.passed(queue, position))
  }

  buried(queue: QueueName, limit: number): Promise<readonly BuriedWrite[]> {
    return this.#bounded(this.#queue.buried(queue, limit))
  }

  revive(queue: QueueName, id: string): Promise<Revived> {
    return this.#bounded(this.#queue.revive(queue, id))
  }

  discard(queue: QueueName, id: string): Promise<boolean> {
    return this.#bounded(this.#queue.discard(queue, id))
  }

  async #bounded<R>(work: Promise<R>): Promise<R> {
    const late = (): Error => new StoreTimeoutError(`the queue did not answer within ${this.#timeoutMs} ms`)
    try {
      return await this.#deadlines.race(work, this.#timeoutMs, late)
    } catch (error) {
      throw unavailable(error, 'the queue')
    }
  }
}
