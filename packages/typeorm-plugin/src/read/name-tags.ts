import { stableHash } from '@larder/core'

/** Suffixes that TypeORM gives the names of a query's companions. */
const COMPANIONS = /-(count|pagination)$/

/** Tags of answers with a name (TypeORM's `cache: { id }`): its own, and for a companion that of the query it goes with. */
export function nameTags(database: string, name: string): readonly string[] {
  const names = COMPANIONS.test(name) ? [name, name.replace(COMPANIONS, '')] : [name]
  return names.map((one) => `n:${database}:${one.length <= 100 && one.isWellFormed() ? one : `|${stableHash(one)}`}`)
}
