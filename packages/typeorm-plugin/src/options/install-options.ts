import type { CacheManager, Clock, Duration } from '@larder/core'
import type { CacheEvent } from '../observe/cache-event.ts'

/** A tuple of an entity's properties that queries pin: `['tenantId', 'status']`. */
export type SchemeOption =
  | readonly string[]
  | {
      readonly columns: readonly string[]
      /** `false` while processes still run that do not know the scheme: they would not invalidate it. Default `true`. */
      readonly use?: boolean
      /** `'binary'` vouches that the columns' texts are equal only byte by byte. Without it, text is no scheme. */
      readonly collation?: 'binary'
    }

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

/** What holds for all entities that do not say otherwise. */
export interface QueryDefaults {
  /** Default `'opt-in'`: a query is cached if it has TypeORM's `cache` option, or runs inside `withCache`. */
  readonly mode?: 'opt-in' | 'opt-out'
  /** How long an answer is fresh. Default `'1m'`. */
  readonly ttl?: Duration
  /** How long after that it may be served as stale while it is read again. Default 0. */
  readonly grace?: Duration
  /** Largest share of `ttl` taken off at random, 0 to 1. Default 0.1. */
  readonly jitter?: number
}

/** What the subscriber and the plugin must know about writes. */
export interface WriteOptions {
  /** The manager that holds the entries. */
  readonly cache: CacheManager
  /** Names the database: equal for all that use it, in whichever process, by whichever ORM. Default `'main'`. */
  readonly dbId?: string
  /** Options by name of entity; `false`: never cached. */
  readonly entities?: Readonly<Record<string, EntityOptions | false>>
  /** Tables that triggers or rules change along with another: `{ orders: ['order_audit'] }`. */
  readonly sideEffects?: Readonly<Record<string, readonly string[]>>
  /** The tables behind views that no entity describes: `{ v_sales: ['orders', 'users'] }`. */
  readonly views?: Readonly<Record<string, readonly string[]>>
  /** Tables without entity that no cached query reads: writes to them invalidate nothing. Others invalidate everything. */
  readonly ignoredTables?: readonly string[]
  /** Functions of your own: `'steady'` if they only compute or read from their arguments, or the tables that they write. */
  readonly functions?: Readonly<Record<string, 'steady' | readonly string[]>>
  /** Called for failures that no caller hears of. Default: they are dropped. */
  readonly onError?: (error: unknown) => void
  /** Called for everything that happens. */
  readonly onEvent?: (event: CacheEvent) => void
}

/** Options of `installCache`. */
export interface InstallOptions extends WriteOptions {
  readonly defaults?: QueryDefaults
  /** What the database looks at beside the statement: the tenant of row-level security. Part of every key. Default: none. */
  readonly scope?: () => string | null | undefined
  /** Whether a query without a scope goes to the database. Default `false`. */
  readonly scopeRequired?: boolean
  /**
   * `'after-commit'` (default): between a commit and the end of its invalidation a reader may find the old answer, and a process that dies there
   * leaves it until its `ttl`. `'strict'` closes both, for two more requests a transaction, and refuses to commit while the cache cannot be told.
   */
  readonly consistency?: 'after-commit' | 'strict'
  /** With `'strict'`: how long a commit may take. Default `'10s'`. */
  readonly lease?: Duration
  /** With read replicas: the longest they may lag. So long after a write what they say is not kept, and the primary is asked. */
  readonly replica?: { readonly maxLag: Duration }
  /**
   * How the old values of changed rows are learned. `'returning'` (default): PostgreSQL and sql.js are asked for the keys of rows changed by primary
   * key, with a RETURNING added to the statement. `'wildcard'`: never; such a change invalidates every list of its table.
   */
  readonly preImage?: 'returning' | 'wildcard'
  /** The time, for tests. */
  readonly clock?: Clock
}
