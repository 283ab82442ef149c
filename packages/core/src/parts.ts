import type { Clock } from './contracts/clock.ts'
import type { Codec } from './contracts/codec.ts'
import type { Random } from './contracts/random.ts'
import type { Packing } from './entry/packing.ts'
import type { QueueName, WriteQueue } from './contracts/write-queue.ts'
import type { Backoff } from './load/backoff.ts'
import type { LoaderCall } from './load/load.ts'
import type { LoadTime } from './load/load-time.ts'
import type { Far } from './l2/far.ts'
import type { Near } from './near.ts'
import type { Node } from './node.ts'
import type { Background } from './observe/background.ts'
import type { Observer } from './observe/observer.ts'
import type { LoadContext } from './policy/loader.ts'
import type { Policy } from './policy/policy.ts'
import type { WaitUntil } from './policy/cache-options.ts'
import type { StandardSchema } from './policy/standard-schema.ts'

/** How a cache's keys and tags are called outside the caller's code. */
export interface Names {
  /** Absent where keys are called what callers call them. */
  readonly key: ((key: string) => string) | undefined
  readonly tag: (tag: string) => string
}

/** What the verbs of one cache work with. */
export interface CacheParts<T> {
  /** Name of the cache. */
  readonly name: string
  /** What holds where a call says nothing else. */
  readonly policy: Policy
  readonly near: Near<T>
  /** Longest life of an entry in this process' memory, in milliseconds; may be `Infinity`. */
  readonly l1TtlMs: number
  readonly far: Far
  readonly node: Node
  /** Where writes wait for their writer, if the backend has such a place. */
  readonly queue: { readonly calls: WriteQueue; readonly name: QueueName } | undefined
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
  readonly background: Background
  readonly backoff: Backoff
  readonly loadTime: LoadTime
  readonly schema: StandardSchema | undefined
  /** The codec that wrote an entry, by its id; `undefined` for one this cache does not know. */
  readonly codecOf: (id: number) => Codec | undefined
  /** Seals what goes to the store, and opens what comes from it. */
  readonly packing: Packing
  readonly naming: Names
}

/** One read that may load. */
export interface ReadRequest<T> {
  readonly key: string
  readonly policy: Policy
  /** Fetches the value from the source. */
  readonly call: (context: LoadContext<T>) => ReturnType<LoaderCall<T>>
  /** Tags found in the value. */
  readonly lateTags: ((value: T) => readonly string[]) | undefined
  readonly signal: AbortSignal | undefined
  /** Keeps the process alive for work behind the answer; see `CallOptions.waitUntil`. */
  readonly waitUntil: WaitUntil | undefined
  /** Told when the read neither loads now nor has an answer yet; see `LoadBatch.pass`. */
  readonly pass?: () => void
}
