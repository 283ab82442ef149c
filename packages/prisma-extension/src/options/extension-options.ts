import type { CacheManager, Duration } from '@larder/core'
import type { AdapterLink } from '../adapter/adapter-link.ts'
import type { CacheEvent } from '../observe/cache-event.ts'
import type { DataModel } from '../schema/data-model.ts'

/** A tuple of a model's fields that queries pin: `['tenantId', 'status']`. */
export type SchemeOption =
  | readonly string[]
  | {
      readonly columns: readonly string[]
      /** `false` while processes still run that do not know the scheme: they would not invalidate it. Default `true`. */
      readonly use?: boolean
      /** `'binary'` vouches that the fields' texts are equal only byte by byte. Without it, text is no scheme. */
      readonly collation?: 'binary'
    }

/** How the queries of one model are cached. */
export interface ModelOptions {
  /** Whether its queries are cached without asking for it (`'opt-out'`) or when they do (`'opt-in'`). Default: `defaults.mode`. */
  readonly mode?: 'opt-in' | 'opt-out'
  readonly ttl?: Duration
  readonly grace?: Duration
  /** Beyond ids, unique keys and foreign keys, which need no mention. */
  readonly schemes?: readonly SchemeOption[]
  /** Fields that triggers fill or change: what a query says about them is not believed. */
  readonly computed?: readonly string[]
}

/** What holds for all models that do not say otherwise. */
export interface QueryDefaults {
  /** Default `'opt-in'`: a query is cached if it has `cache`, or runs inside `withCache`. */
  readonly mode?: 'opt-in' | 'opt-out'
  /** How long an answer is fresh. Default `'1m'`. */
  readonly ttl?: Duration
  /** How long after that it may be served as stale while it is read again. Default 0. */
  readonly grace?: Duration
  /** Largest share of `ttl` taken off at random, 0 to 1. Default 0.1. */
  readonly jitter?: number
}

/** What is said of the database. */
export interface SharedOptions {
  /** Names the database: equal for all that use it, in whichever process, by whichever ORM. Default `'main'`. */
  readonly dbId?: string
  /** The schema of models that name none. Default `public`, or `main` on SQLite; MySQL needs the name of its database. */
  readonly defaultSchema?: string
  /** Options by name of model; `false`: never cached. */
  readonly models?: Readonly<Record<string, ModelOptions | false>>
  /** `'binary'` vouches that all texts are equal only byte by byte, as is usual on PostgreSQL: ids that are texts can then be told apart. Default: they cannot. */
  readonly text?: 'binary'
  /** Tables that triggers or rules change along with another: `{ orders: ['order_audit'] }`. */
  readonly sideEffects?: Readonly<Record<string, readonly string[]>>
  /** The tables behind views: `{ v_sales: ['orders', 'users'] }`. */
  readonly views?: Readonly<Record<string, readonly string[]>>
  /** Tables without model that no cached query reads: writes to them invalidate nothing. Others invalidate everything. */
  readonly ignoredTables?: readonly string[]
  /** Functions of your own: `'steady'` if they only compute or read from their arguments, or the tables that they write. */
  readonly functions?: Readonly<Record<string, 'steady' | readonly string[]>>
}

/** Options of `cacheExtension`. */
export interface ExtensionOptions extends SharedOptions {
  /** The manager that holds the entries. */
  readonly cache: CacheManager
  /** What the generator `larder-prisma` wrote. Default: the schema that the client carries; without any, whole tables are invalidated. */
  readonly schema?: DataModel
  /** With an adapter made by `cachedAdapter`: the same link. All changes are then learned from the statements themselves. */
  readonly link?: AdapterLink
  readonly defaults?: QueryDefaults
  /** What decides about rows beside the query: the tenant of row-level security. Part of every key. Default: none. */
  readonly scope?: () => string | null | undefined
  /** Whether a query without a scope goes to the database. Default `false`. */
  readonly scopeRequired?: boolean
  /** Called for failures that no caller hears of. Default: they are dropped. */
  readonly onError?: (error: unknown) => void
  /** Called for everything that happens. */
  readonly onEvent?: (event: CacheEvent) => void
}
