import { checkChoice, checkDatabaseOptions, checkQueryOptions } from '@larder/query-tags'
import type { DataSource } from 'typeorm'
import type { InstallOptions, WriteOptions } from './install-options.ts'

/** @throws TypeError naming the option, for one that is out of its range. */
export function checkWriteOptions(options: WriteOptions, dataSource: DataSource): void {
  checkDatabaseOptions(options)
  for (const [name, entity] of Object.entries(options.entities ?? {})) {
    if (!dataSource.entityMetadatas.some((metadata) => metadata.name === name))
      throw new TypeError(`entities.${name}: the data source has no entity of that name`)
    if (entity === false) continue
    if (typeof entity !== 'object' || entity === null)
      throw new TypeError(`entities.${name} must be an object or false`)
    checkChoice(entity.mode, `entities.${name}.mode`, ['opt-in', 'opt-out'])
  }
}

/** @throws TypeError naming the option, for one that is out of its range. */
export function checkInstallOptions(options: InstallOptions, dataSource: DataSource): void {
  checkWriteOptions(options, dataSource)
  checkQueryOptions(options)
  checkChoice(options.preImage, 'preImage', ['returning', 'wildcard'])
}
