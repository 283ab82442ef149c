import type { Clock, Timer } from '../contracts/clock.ts'
import { WriteLostError } from '../errors/write-lost-error.ts'
import { PartitionDrain } from './partition-drain.ts'
import type { DrainParts } from './partition-drain.ts'

/** Pause between two looks at a queue that is being emptied, in milliseconds. */
const LOOK_MS = 10

/** Brings what waits in a cache's queue to its writer, also what other processes left behind. */
export class Drain {
  readonly #parts: DrainParts
  readonly #partitions: readonly PartitionDrain[]
  #probe: Timer | undefined
  #closing: Promise<void> | undefined
  #overdue = false

  constructor(parts: DrainParts) {
    this.#parts = parts
    this.#partitions = Array.from({ length: parts.queue.manifest.partitions }, (_, i) => new PartitionDrain(parts, i))
    if (parts.queue.manifest.durable) void this.#adopt()
  }

  /** A write was acknowledged. */
  wake(partition: number): void {
    this.#partitions[partition]?.wake(this.#parts.options.batchDelayMs)
  }

  /** Tries at once what waits. Resolves when there is nothing to do now; never rejects. */
  async hurry(): Promise<void> {
    await Promise.all(this.#partitions.map((partition) => partition.hurry()))
  }

  /**
   * Brings to the writer what it takes, for at most `deadlineMs`. What it leaves waits for another process if the queue is durable, and is
   * reported as lost if not. Never rejects.
   */
  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#close(deadlineMs)
    return this.#closing
  }

  async #close(deadlineMs: number): Promise<void> {
    const { clock, queue, name, onError } = this.#parts
    this.#probe?.cancel()
    const finished = this.#finish()
    await new Promise<void>((resolve) => {
      const timer = clock.after(deadlineMs, resolve)
      void finished.then(() => {
        timer.cancel()
        resolve()
      })
    })
    this.#overdue = true
    await Promise.all(this.#partitions.map((partition) => partition.close()))
    if (queue.manifest.durable) return
    const left = await waiting(this.#parts)
    if (left === 0) return
    const message = `the cache was closed while acknowledged writes waited for their writer in this process, and they go with it: ${left}`
    onError(new WriteLostError(message, { key: `${name.cache}:` }))
  }

  /** Works until nothing waits; with a durable queue, until the writer fails. */
  async #finish(): Promise<void> {
    await Promise.all(this.#partitions.map((partition) => partition.finish()))
    if (this.#parts.queue.manifest.durable) return
    while (!this.#overdue && (await waiting(this.#parts)) > 0) await sleep(this.#parts.clock, LOOK_MS)
  }

  /** Takes over what processes that died have left behind. */
  async #adopt(): Promise<void> {
    const { options, clock } = this.#parts
    if ((await waiting(this.#parts)) > 0) for (const partition of this.#partitions) partition.wake(0)
    if (this.#closing !== undefined) return
    this.#probe = clock.after(options.takeoverMs, () => void this.#adopt(), 'background')
  }
}

/** Keys that wait; 0 where the queue cannot tell. */
async function waiting({ queue, name }: DrainParts): Promise<number> {
  try {
    return (await queue.size(name)).waiting
  } catch {
    return 0
  }
}

function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve))
}
