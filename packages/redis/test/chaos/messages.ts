import type { CacheName, Cargo } from './subjects.ts'

/** How a node is asked to invalidate. */
export type Method = 'delete' | 'deleteMany' | 'set' | 'setMany' | 'expire' | 'invalidateTags' | 'clear'

/** How a node reads. */
export type ReadKind = 'readThrough' | 'readThroughMany' | 'get' | 'getMany' | 'getEntry' | 'peek'

/** What a node is told. */
export type Order =
  | {
      readonly kind: 'invalidate'
      readonly op: number
      readonly method: Method
      readonly cache: CacheName
      readonly subjects: readonly number[]
      readonly tag?: string
      readonly values?: readonly Cargo[]
    }
  | { readonly kind: 'loaded'; readonly id: number; readonly cargos: readonly Cargo[] }
  | { readonly kind: 'burst'; readonly id: number; readonly key: string; readonly readers: number }
  | { readonly kind: 'inspect'; readonly id: number }
  /** Reads no more of its own accord. */
  | { readonly kind: 'quiet' }
  | { readonly kind: 'end' }

/** What a node saw; all instants are monotonic milliseconds. */
export type NodeEvent =
  | ReadEvent
  /** The event loop did not turn in between. */
  | { readonly kind: 'lag'; readonly from: number; readonly to: number }
  /** An invalidation reached its subscribers. */
  | { readonly kind: 'heard'; readonly at: number; readonly what: string }

/** One read of one subject, over. */
export interface ReadEvent {
  readonly kind: 'read'
  readonly how: ReadKind
  readonly fresh: boolean
  readonly subject: number
  /** `undefined`: there was nothing. */
  readonly cargo: Cargo | undefined
  /** Labelled as stale because it was invalidated. */
  readonly stale: boolean
  readonly from: number
  readonly to: number
  /** Start of the earliest flight that it may have joined; `from` where it can have joined none. */
  readonly asOf: number
  /** Code of the error, if it failed. */
  readonly error?: string
}

/** State of a node when it was asked. */
export interface Inspection {
  readonly live: boolean
  /** Reads and invalidations that have not settled. */
  readonly pending: number
  /** For each subject: the version in its memory, in the store, and as read through; -1 for none. */
  readonly near: readonly number[]
  readonly far: readonly number[]
  readonly through: readonly number[]
}

/** What a node tells. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'load'; readonly id: number; readonly subjects: readonly number[] }
  | { readonly kind: 'burst-load'; readonly id: number; readonly key: string }
  | { readonly kind: 'events'; readonly events: readonly NodeEvent[] }
  | {
      readonly kind: 'settled'
      readonly op: number
      readonly from: number
      readonly to: number
      /** Code of the error; absent if it resolved. */
      readonly error?: string
    }
  /** `storeErrors`: whether the backend failed meanwhile. */
  | { readonly kind: 'burst-done'; readonly id: number; readonly storeErrors: number }
  | { readonly kind: 'inspected'; readonly id: number; readonly inspection: Inspection }
  /** Something that must never happen. */
  | { readonly kind: 'trouble'; readonly text: string }
