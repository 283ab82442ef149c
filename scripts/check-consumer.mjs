/**
 * Loads every public package as its users will: from its tarball, beside nothing but the dependencies that its manifest names,
 * with `import` and with `require`, and every backend by the name of its provider. Fails for a door that does not open, and if Prisma cannot
 * run the generator of an installed package.
 */
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { withPackedPackages } from './pack-packages.mjs'
import { captureCommand } from './run-command.mjs'
import { listPublicPackages } from './workspace.mjs'

const consumer = mkdtempSync(join(tmpdir(), 'larder-consumer-'))
const modules = join(consumer, 'node_modules')

try {
  await withPackedPackages((tarballs) => {
    for (const tarball of tarballs) unpack(tarball)
  })
  for (const { folder, manifest } of listPublicPackages()) linkDependencies(folder, manifest)
  for (const { manifest } of listPublicPackages()) {
    for (const door of Object.keys(manifest.exports)) await openDoor(manifest.name + door.slice(1))
  }
  for (const provider of ['memory', 'ioredis', 'iovalkey', 'node-redis', 'valkey-glide', 'memcached']) {
    const make = `createBackend({ provider: ${JSON.stringify(provider)} }).close()`
    await succeed(`import('@larder/core').then(({ createBackend }) => ${make})`)
    await succeed(`{ const { createBackend } = require('@larder/core'); ${make} }`)
  }
  await runGenerator(listPublicPackages().find(({ manifest }) => manifest.name === '@larder/prisma-extension'))
} finally {
  rmSync(consumer, { recursive: true, force: true })
}

function unpack(tarball) {
  const manifest = JSON.parse(execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }))
  const folder = join(modules, manifest.name)
  mkdirSync(folder, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1'])
}

function linkDependencies(folder, { dependencies = {}, peerDependencies = {} }) {
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
    const link = join(modules, name)
    if (existsSync(link)) continue
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(realpathSync(join(folder, 'node_modules', name)), link, 'junction')
  }
}

async function openDoor(specifier) {
  const ways = specifier.endsWith('.json')
    ? [`require(${JSON.stringify(specifier)})`]
    : [`import(${JSON.stringify(specifier)})`, `require(${JSON.stringify(specifier)})`]
  for (const way of ways) await succeed(way)
}

async function succeed(source) {
  const { code, output } = await captureCommand(process.execPath, ['-e', source], { cwd: consumer })
  if (code === 0) return
  process.exitCode = 1
  console.log(`${source} failed:\n${output.trim()}\n`)
}

/** As a user would: `generator larder { provider = "larder-prisma" }`, with the command where package managers put it. */
async function runGenerator({ folder, manifest }) {
  const [[name, program]] = Object.entries(manifest.bin)
  const commands = join(modules, '.bin')
  mkdirSync(commands, { recursive: true })
  symlinkSync(join(modules, manifest.name, program), join(commands, name))
  const schema = join(consumer, 'schema.prisma')
  writeFileSync(
    schema,
    `datasource db {\n  provider = "sqlite"\n}\n\ngenerator larder {\n  provider = "${name}"\n  output = "./larder-schema.js"\n}\n\nmodel User {\n  id Int @id\n}\n`,
  )
  const prisma = join(dirname(realpathSync(join(folder, 'node_modules/prisma/package.json'))), 'build/index.js')
  const { code, output } = await captureCommand(process.execPath, [prisma, 'generate', '--schema', schema], {
    cwd: consumer,
    env: {
      ...process.env,
      PATH: `${commands}${delimiter}${process.env['PATH']}`,
      // Generating needs no engine: what stands there is never run.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
  })
  const written = join(consumer, 'larder-schema.js')
  if (code === 0 && existsSync(written) && readFileSync(written, 'utf8').includes('"table": "User"')) return
  process.exitCode = 1
  console.log(`prisma generate with the generator ${name} failed:\n${output.trim()}\n`)
}
