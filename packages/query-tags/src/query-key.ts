import { stableHash } from '@larder/core'

/** All that decides what a query answers. */
export interface QueryIdentity {
  /** The database's name in tags. */
  readonly database: string
  /** The tenant, or whatever else the database looks at that is not in the text; `null` for none. */
  readonly scope: string | null
  /** Changes with the definition of what is read, so that rows of another shape are not found. */
  readonly shape: string
  /** The text, or whatever stands for it. */
  readonly text: string
  readonly parameters: readonly unknown[]
}

/** The key of a query's answer: equal only for equal identities, types of parameters included. @throws TypeError for a parameter that is no data. */
export function queryKey(identity: QueryIdentity): string {
  const { database, scope, shape, text, parameters } = identity
  return stableHash([database, scope, shape, text, parameters])
}
