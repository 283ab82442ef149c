import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const here = dirname(fileURLToPath(import.meta.url))
const prismaCommand = join(dirname(createRequire(import.meta.url).resolve('prisma/package.json')), 'build/index.js')

/** The generator `larder-prisma` from its source, as a command for a Prisma schema. */
export const larderCommand: string = `${process.execPath} --conditions=@larder/source --import ${import.meta.resolve('tsx')} ${join(here, '../src/generator/cli.ts')}`

/** Runs `prisma generate`, as on a machine without network: the engine that Prisma would fetch is not needed for that. */
export async function generate(schema: string): Promise<void> {
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' }
  await run(process.execPath, [prismaCommand, 'generate', '--schema', schema], { env, cwd: join(here, '..') })
}

/** A folder that modules of this package can be imported from, with what a schema of the tests generates. */
export async function generated(name: string): Promise<AsyncDisposable & { readonly folder: string }> {
  const cache = join(here, '../node_modules/.cache')
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'larder-'))
  const text = await readFile(join(here, `schema/${name}.prisma`), 'utf8')
  await writeFile(join(folder, 'schema.prisma'), text.replace('COMMAND', larderCommand))
  await generate(join(folder, 'schema.prisma'))
  await linkRuntime(folder)
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

/** What the generated client needs of a package that only Prisma's own depends on. */
async function linkRuntime(folder: string): Promise<void> {
  const name = '@prisma/client-runtime-utils'
  const client = createRequire(import.meta.url).resolve('@prisma/client/package.json')
  const installed = join(dirname(client), '../..', name)
  await mkdir(join(folder, 'node_modules/@prisma'), { recursive: true })
  await symlink(installed, join(folder, 'node_modules', name), 'junction')
}
