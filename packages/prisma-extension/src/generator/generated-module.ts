import type { DataModel } from '../schema/data-model.ts'

/** The module that the generator writes: what the option `schema` takes, as `larderSchema`. */
export function generatedModule(dataModel: DataModel, typed: boolean): string {
  const value = JSON.stringify(dataModel, null, 2)
  const head = '// Written by larder-prisma. Do not edit.\n'
  if (!typed) return `${head}export const larderSchema = ${value}\n`
  return `${head}import type { DataModel } from '@larder/prisma-extension'\n\nexport const larderSchema: DataModel = ${value}\n`
}
