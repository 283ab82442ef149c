import type { Duration } from '@larder/core'
import type { DatabaseOptions, QueryOptions, SchemeOption } from '@larder/query-tags'
import type { AdapterLink } from '../adapter/adapter-link.ts'
import type { DataModel } from '../schema/data-model.ts'

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

/** What must be known to invalidate what a write concerns. */
export interface SchemaOptions extends DatabaseOptions {
  /** The schema of models that name none. Default `public`, or `main` on SQLite; MySQL needs the name of its database. */
  readonly defaultSchema?: string
  /** Options by name of model; `false`: never cached. */
  readonly models?: Readonly<Record<string, ModelOptions | false>>
  /** `'binary'` vouches that all texts are equal only byte by byte, as is usual on PostgreSQL: ids that are texts can then be told apart. Default: they cannot. */
  readonly text?: 'binary'
}

/** Options of `cacheExtension`. */
export interface ExtensionOptions extends SchemaOptions, QueryOptions {
  /** What the generator `larder-prisma` wrote. Default: the schema that the client carries; without any, whole tables are invalidated. */
  readonly schema?: DataModel
  /** With an adapter made by `cachedAdapter`: the same link. All changes are then learned from the statements themselves. */
  readonly link?: AdapterLink
}
