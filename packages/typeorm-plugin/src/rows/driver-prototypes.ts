import type { DataSource } from 'typeorm'
import type { Prototypes } from './packed-rows.ts'

/** PostgreSQL's number for the type `interval`. */
const INTERVAL_OID = 1186

interface PgModule {
  readonly types?: { getTypeParser?(oid: number): (text: string) => unknown }
}

/** Finds the classes whose instances a data source's driver puts into rows. */
export function driverPrototypes(dataSource: DataSource): Prototypes {
  const known = new Map<string, object>()
  const pg = (dataSource.driver as unknown as { readonly postgres?: PgModule }).postgres
  const interval = pg?.types?.getTypeParser?.(INTERVAL_OID)('1 day')
  if (typeof interval === 'object' && interval !== null) {
    const prototype = Object.getPrototypeOf(interval) as object
    if (prototype !== Object.prototype) known.set(prototype.constructor.name, prototype)
  }
  return (name) => known.get(name)
}
