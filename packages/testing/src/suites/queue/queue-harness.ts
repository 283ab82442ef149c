import type { QueueManifest, QueueName, Store, WriteQueue } from '@larder/core/contracts'

/** A queue of writes under test, and the store beside it. */
export interface QueueHarness {
  readonly manifest: QueueManifest
  readonly queue: WriteQueue
  /** The store whose keys the queue's values lie over. */
  readonly store: Store
  /** A queue that nothing was put into yet. */
  readonly name: QueueName
  /** Makes `ms` milliseconds pass; see `StoreHarness.elapse`. */
  elapse(ms: number): Promise<void>
  /** Removes what holds the places of waiting keys, but not their values, as a trim by hand does. Absent if the harness has no way to. */
  trim?(): Promise<void>
  /** Removes the value that lies over a key, past the queue. Absent if the harness has no way to. */
  remove?(key: string): Promise<void>
  close?(): Promise<void>
}
