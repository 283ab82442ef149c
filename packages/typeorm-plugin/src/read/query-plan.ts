import type { LateDependency } from '@larder/query-tags'
import type { Caching } from './caching-of.ts'

/** One query that is to be cached. */
export interface QueryPlan {
  readonly key: string
  readonly sql: string
  readonly parameters: readonly unknown[]
  readonly caching: Caching
  /** All tags known before it runs. */
  readonly tags: readonly string[]
  readonly late: readonly LateDependency[]
  /** Why a dependency is coarse. */
  readonly notes: readonly string[]
}

/** A plan, or why there is none. */
export type Planned =
  { readonly kind: 'plan'; readonly plan: QueryPlan } | { readonly kind: 'bypass'; readonly why: string }
