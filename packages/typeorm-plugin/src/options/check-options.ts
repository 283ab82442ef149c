import type { DataSource } from 'typeorm'
import type { InstallOptions, WriteOptions } from './install-options.ts'

const DB_ID = /^[\w.-]{1,64}$/

/** @throws TypeError naming the option, for one that is out of its range. */
export function checkWriteOptions(options: WriteOptions, dataSource: DataSource): void {
  if (typeof options !== 'object' || options === null) throw new TypeError('options must be an object')
  if (typeof options.cache?.cache !== 'function') throw new TypeError('cache must be a cache manager of @larder/core')
  if (options.dbId !== undefined && !DB_ID.test(options.dbId))
    throw new TypeError('dbId must be 1 to 64 letters, digits, dots, dashes or underscores')
  for (const name of ['onError', 'onEvent'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw new TypeError(`${name} must be a function`)
  for (const name of ['sideEffects', 'views'] as const) checkTableLists(options[name], name)
  for (const [name, entity] of Object.entries(options.entities ?? {})) {
    if (!dataSource.entityMetadatas.some((metadata) => metadata.name === name))
      throw new TypeError(`entities.${name}: the data source has no entity of that name`)
    if (entity === false) continue
    if (typeof entity !== 'object' || entity === null)
      throw new TypeError(`entities.${name} must be an object or false`)
    checkMode(entity.mode, `entities.${name}.mode`)
  }
}

/** @throws TypeError naming the option, for one that is out of its range. */
export function checkInstallOptions(options: InstallOptions, dataSource: DataSource): void {
  checkWriteOptions(options, dataSource)
  checkMode(options.defaults?.mode, 'defaults.mode')
  checkChoice(options.consistency, 'consistency', ['after-commit', 'strict'])
  checkChoice(options.preImage, 'preImage', ['returning', 'wildcard'])
  if (options.scope !== undefined && typeof options.scope !== 'function')
    throw new TypeError('scope must be a function')
  if (options.scopeRequired === true && options.scope === undefined) throw new TypeError('scopeRequired needs a scope')
}

function checkMode(mode: unknown, option: string): void {
  checkChoice(mode, option, ['opt-in', 'opt-out'])
}

function checkChoice(value: unknown, option: string, choices: readonly string[]): void {
  if (value !== undefined && !choices.includes(value as string))
    throw new TypeError(`${option} must be ${choices.map((choice) => `'${choice}'`).join(' or ')}`)
}

function checkTableLists(lists: unknown, option: string): void {
  if (lists === undefined) return
  const fits =
    typeof lists === 'object' &&
    lists !== null &&
    Object.values(lists).every((list) => Array.isArray(list) && list.every((name) => typeof name === 'string'))
  if (!fits) throw new TypeError(`${option} must name, for each table, an array of tables`)
}
