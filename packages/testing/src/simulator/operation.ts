import type { Moment, Owner } from './kernel.ts'
import type { Process } from './process.ts'

/** One call of a cache's method. */
export interface Operation extends Owner {
  readonly kind: OperationKind
  readonly process: Process
  readonly start: Moment
  state: 'running' | 'resolved' | 'rejected' | 'abandoned'
  /** What an `increment` adds. */
  readonly by?: number
}

export type OperationKind =
  | 'readThrough'
  | 'readThroughMany'
  | 'get'
  | 'getEntry'
  | 'set'
  | 'setMany'
  | 'delete'
  | 'expire'
  | 'touch'
  | 'increment'
  | 'addTags'
  | 'invalidateTags'
  | 'clear'
