import { checkChoice, checkDatabaseOptions, checkQueryOptions } from '@larder/query-tags'
import { LiveLink } from '../adapter/adapter-link.ts'
import type { DataModel } from '../schema/data-model.ts'
import type { ExtensionOptions } from './extension-options.ts'

/** @throws TypeError naming the option, for one that is out of its range. */
export function checkOptions(options: ExtensionOptions): void {
  checkDatabaseOptions(options)
  checkQueryOptions(options)
  if (options.link !== undefined) checkLink(options.link)
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
