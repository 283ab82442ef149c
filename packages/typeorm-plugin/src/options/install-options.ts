import type { Duration } from '@larder/core'
import type { DatabaseOptions, QueryOptions, SchemeOption } from '@larder/query-tags'

/** How the queries for one entity are cached. */
export interface EntityOptions {
  /** Whether its queries are cached without asking for it (`'opt-out'`) or when they do (`'opt-in'`). Default: `defaults.mode`. */
  readonly mode?: 'opt-in' | 'opt-out'
  readonly ttl?: Duration
  readonly grace?: Duration
  /** Beyond primary key, unique keys and foreign keys, which need no mention. */
  readonly schemes?: readonly SchemeOption[]
  /** Properties that triggers fill or change: what a statement says about them is not believed. */
  readonly computed?: readonly string[]
}

/** What the subscriber and the plugin must know about writes. */
export interface WriteOptions extends DatabaseOptions {
  /** Options by name of entity; `false`: never cached. */
  readonly entities?: Readonly<Record<string, EntityOptions | false>>
}

/** Options of `installCache`. With `replica`, the primary is asked while a replica may lag. */
export interface InstallOptions extends WriteOptions, QueryOptions {
  /**
   * How the old values of changed rows are learned. `'returning'` (default): PostgreSQL and sql.js are asked for the keys of rows changed by primary
   * key, with a RETURNING added to the statement. `'wildcard'`: never; such a change invalidates every list of its table.
   */
  readonly preImage?: 'returning' | 'wildcard'
}
