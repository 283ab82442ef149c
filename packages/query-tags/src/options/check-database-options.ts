import type { DatabaseOptions } from './database-options.ts'

const DB_ID = /^[\w.-]{1,64}$/

/** @throws TypeError naming the option, for one that is out of its range. */
export function checkDatabaseOptions(options: DatabaseOptions): void {
  if (typeof options !== 'object' || options === null) throw new TypeError('options must be an object')
  if (typeof options.cache?.cache !== 'function') throw new TypeError('cache must be a cache manager of @larder/core')
  if (options.dbId !== undefined && !DB_ID.test(options.dbId))
    throw new TypeError('dbId must be 1 to 64 letters, digits, dots, dashes or underscores')
  for (const name of ['onError', 'onEvent'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw new TypeError(`${name} must be a function`)
  for (const name of ['sideEffects', 'views'] as const) checkTableLists(options[name], name)
}

function checkTableLists(lists: unknown, option: string): void {
  if (lists === undefined) return
  const fits =
    typeof lists === 'object' &&
    lists !== null &&
    Object.values(lists).every((list) => Array.isArray(list) && list.every((name) => typeof name === 'string'))
  if (!fits) throw new TypeError(`${option} must name, for each table, an array of tables`)
}
