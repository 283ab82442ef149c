import type { Dialect } from '@larder/query-tags'

/** What of a Prisma client the extension reads without it being documented; each part may be missing in another version. */
export interface ClientInternals {
  readonly _engineConfig?: { readonly inlineSchema?: unknown }
  readonly _runtimeDataModel?: RuntimeDataModel
  readonly _globalOmit?: unknown
  readonly _activeProvider?: unknown
  readonly _extensions?: { readonly head?: ExtensionLink }
}

/** The models as a client knows them. */
export interface RuntimeDataModel {
  readonly models: Readonly<Record<string, RuntimeModel>>
}

/** One of them. */
export interface RuntimeModel {
  readonly dbName: string | null
  readonly schema?: string | null
  readonly fields: readonly {
    readonly name: string
    readonly kind: string
    readonly type: string
    readonly relationName?: string | null
    readonly dbName?: string | null
  }[]
}

/** An extension in the chain of those that a client has, the last one first. */
export interface ExtensionLink {
  readonly extension?: { readonly name?: unknown; readonly query?: unknown }
  readonly previous?: ExtensionLink
}

const DIALECTS: Readonly<Record<string, Dialect>> = {
  postgresql: 'postgres',
  postgres: 'postgres',
  cockroachdb: 'postgres',
  mysql: 'mysql',
  sqlite: 'sqlite',
}

/** The SQL that a client speaks. @throws TypeError for one whose statements cannot be read. */
export function dialectOf(client: ClientInternals): Dialect {
  const dialect = DIALECTS[String(client._activeProvider)]
  if (dialect !== undefined) return dialect
  throw new TypeError(
    `@larder/prisma-extension does not read the SQL of ${String(client._activeProvider)}: it supports ${Object.keys(DIALECTS).join(', ')}`,
  )
}
