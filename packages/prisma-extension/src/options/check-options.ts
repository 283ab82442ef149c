import { LiveLink } from '../adapter/adapter-link.ts'
import type { DataModel } from '../schema/data-model.ts'
import type { ExtensionOptions } from './extension-options.ts'

const DB_ID = /^[\w.-]{1,64}$/

/** @throws TypeError naming the option, for one that is out of its range. */
export function checkOptions(options: ExtensionOptions): void {
  if (typeof options !== 'object' || options === null) throw new TypeError('options must be an object')
  if (typeof options.cache?.cache !== 'function') throw new TypeError('cache must be a cache manager of @larder/core')
  if (options.dbId !== undefined && !DB_ID.test(options.dbId))
    throw new TypeError('dbId must be 1 to 64 letters, digits, dots, dashes or underscores')
  if (options.link !== undefined) checkLink(options.link)
  for (const name of ['onError', 'onEvent', 'scope'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw new TypeError(`${name} must be a function`)
  if (options.scopeRequired === true && options.scope === undefined) throw new TypeError('scopeRequired needs a scope')
  for (const name of ['sideEffects', 'views'] as const) checkTableLists(options[name], name)
  checkChoice(options.defaults?.mode, 'defaults.mode', ['opt-in', 'opt-out'])
  checkChoice(options.text, 'text', ['binary'])
}

/** @throws TypeError for options of models that the schema has not. */
export function checkModels(options: ExtensionOptions, { models }: DataModel): void {
  for (const [name, own] of Object.entries(options.models ?? {})) {
    if (!models.some((model) => model.name === name))
      throw new TypeError(`models.${name}: the Prisma schema has no model of that name`)
    if (own === false) continue
    if (typeof own !== 'object' || own === null) throw new TypeError(`models.${name} must be an object or false`)
    checkChoice(own.mode, `models.${name}.mode`, ['opt-in', 'opt-out'])
  }
}

function checkLink(link: unknown): void {
  if (!(link instanceof LiveLink)) throw new TypeError('link must be made by createAdapterLink()')
  if (!link.wrapped)
    throw new TypeError(
      'link is not in use: give it to cachedAdapter(factory, link) for the adapter of the client first',
    )
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
