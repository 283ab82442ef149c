import type {
  BuriedWrite,
  Bury,
  Claim,
  Claimed,
  Enqueue,
  Enqueued,
  Fetched,
  Frame,
  QueueManifest,
  QueueName,
  QueuePosition,
  Revived,
  Settle,
  Settled,
  WriteQueue,
  WriteRef,
} from '@larder/core/contracts'
import type { Guard } from './guard.ts'

/**
 * A queue of writes under policies. Only what asks, and what gives up, is repeated: a repeated `claim` would not hand out again what the first
 * one did, and an answer to a repeated `settle`, `bury` or `discard` would be that of a stranger.
 */
export class ResilientQueue implements WriteQueue {
  readonly #queue: WriteQueue
  readonly #guard: Guard

  constructor(queue: WriteQueue, guard: Guard) {
    this.#queue = queue
    this.#guard = guard
  }

  get manifest(): QueueManifest {
    return this.#queue.manifest
  }

  ready(): Promise<void> {
    return this.#guard.repeated(() => this.#queue.ready())
  }

  enqueue(queue: QueueName, write: Enqueue): Promise<Enqueued> {
    return this.#guard.once(() => this.#queue.enqueue(queue, write))
  }

  pending(queue: QueueName, keys: readonly string[]): Promise<readonly (Frame | undefined)[]> {
    return this.#guard.repeated(() => this.#queue.pending(queue, keys))
  }

  claim(queue: QueueName, partition: number, claim: Claim): Promise<Claimed> {
    return this.#guard.once(() => this.#queue.claim(queue, partition, claim))
  }

  fetch(
    queue: QueueName,
    partition: number,
    request: { readonly token: string; readonly refs: readonly WriteRef[] },
  ): Promise<Fetched> {
    return this.#guard.once(() => this.#queue.fetch(queue, partition, request))
  }

  settle(
    queue: QueueName,
    partition: number,
    request: { readonly token: string; readonly writes: readonly Settle[] },
  ): Promise<readonly Settled[]> {
    return this.#guard.once(() => this.#queue.settle(queue, partition, request))
  }

  bury(queue: QueueName, partition: number, request: Bury & { readonly token: string }): Promise<Settled | 'full'> {
    return this.#guard.once(() => this.#queue.bury(queue, partition, request))
  }

  release(queue: QueueName, partition: number, token: string): Promise<void> {
    return this.#guard.repeated(() => this.#queue.release(queue, partition, token))
  }

  size(queue: QueueName): Promise<{ readonly waiting: number; readonly position: QueuePosition }> {
    return this.#guard.repeated(() => this.#queue.size(queue))
  }

  passed(queue: QueueName, position: QueuePosition): Promise<boolean> {
    return this.#guard.repeated(() => this.#queue.passed(queue, position))
  }

  buried(queue: QueueName, limit: number): Promise<readonly BuriedWrite[]> {
    return this.#guard.repeated(() => this.#queue.buried(queue, limit))
  }

  revive(queue: QueueName, id: string): Promise<Revived> {
    return this.#guard.once(() => this.#queue.revive(queue, id))
  }

  discard(queue: QueueName, id: string): Promise<boolean> {
    return this.#guard.once(() => this.#queue.discard(queue, id))
  }
}
