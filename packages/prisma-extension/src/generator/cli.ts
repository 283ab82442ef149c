import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import generatorHelper from '@prisma/generator-helper'
import { fromDmmf } from '../schema/from-dmmf.ts'
import { generatedModule } from './generated-module.ts'

const DEFAULT_OUTPUT = './larder-schema.ts'

// The package of Prisma is CommonJS.
generatorHelper.generatorHandler({
  onManifest: () => ({ defaultOutput: DEFAULT_OUTPUT, prettyName: 'Larder schema', requiresGenerators: [] }),

  async onGenerate({ dmmf, generator, datamodel }) {
    const output = generator.output?.value
    if (output === undefined || output === null)
      throw new Error('the generator larder-prisma needs an output: a file that ends in .ts or .js')
    // What Prisma tells of a view is what it tells of a model.
    const views = new Set([...datamodel.matchAll(/^\s*view\s+(\w+)/gm)].map((match) => match[1] as string))
    await mkdir(dirname(output), { recursive: true })
    await writeFile(output, generatedModule(fromDmmf(dmmf.datamodel, views), output.endsWith('.ts')))
  },
})
