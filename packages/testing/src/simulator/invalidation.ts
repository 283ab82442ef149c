import type { RecordKind, RecordRef } from '@larder/core/contracts'
import type { Process } from './process.ts'
import type { Subject } from './subject.ts'

/** A call that forbids older values, and who knows of it. */
export interface Invalidation {
  readonly label: string
  readonly process: Process
  /** What it names: these subjects by key, those that carry a tag, or those of a cache. */
  readonly what:
    | { readonly kind: 'keys'; readonly subjects: readonly Subject[] }
    | { readonly kind: 'tags'; readonly tag: string }
    | { readonly kind: 'cache'; readonly cache: string }
  /** Whether what it leaves behind may be shown as stale (`expire`). */
  readonly keepsStale: boolean
  /** Source versions when it was called: values below them are forbidden from then on. */
  readonly wanted: ReadonlyMap<Subject, number>
  /** Step at which it was called. */
  readonly startedAt: number
  /** Step at which its record was appended. */
  appendedAt: number
  record: RecordRef | undefined
  /** Step and schedule time at which the call resolved. */
  completeAt: number
  completeTime: number
  /** Step at which the call resolved although it may have to wait for the backend: it binds its own process only. */
  queuedAt: number
  /** By node: the step at which the node knew of it. */
  readonly seenAt: number[]
  /** A failover lost its record: nothing is promised until a node appends it again. */
  lost: boolean
  /** The node that applied the lost record and has synced since: it must append it again. */
  owedBy: Process | undefined
}

/** What its journal record looks like. */
export function recordOf({ what }: Invalidation): { readonly kind: RecordKind; readonly items: readonly string[] } {
  switch (what.kind) {
    case 'keys':
      return { kind: 'keys', items: what.subjects.map(({ name }) => name) }
    case 'tags':
      return { kind: 'tags', items: [what.tag] }
    case 'cache':
      return { kind: 'cache', items: [what.cache] }
  }
}
