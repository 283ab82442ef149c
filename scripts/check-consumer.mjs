/**
 * Loads every public package as its users will: from its tarball, beside nothing but the dependencies that its manifest names,
 * with `import` and with `require`, and every backend by the name of its provider. Fails for a door that does not open.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
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
  for (const provider of ['memory', 'ioredis', 'memcached']) {
    const make = `createBackend({ provider: ${JSON.stringify(provider)} }).close()`
    await succeed(`import('@larder/core').then(({ createBackend }) => ${make})`)
    await succeed(`{ const { createBackend } = require('@larder/core'); ${make} }`)
  }
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
