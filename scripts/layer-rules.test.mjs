import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { captureCommand } from './run-command.mjs'
import { workspaceRoot } from './workspace.mjs'

/** Imports that the design allows, as `[file, what it imports]`. */
const allowed = [
  ['core/src/index.ts', './cache-manager.ts'],
  ['core/src/contracts/index.ts', './clock.ts'],
  ['core/src/cache-manager.ts', './cache.ts'],
  ['core/src/cache-manager.ts', './memory/memory-store.ts'],
  ['core/src/cache.ts', './patterns/read-through.ts'],
  ['core/src/cache.ts', './read.ts'],
  ['core/src/patterns/read-through.ts', '../read.ts'],
  ['core/src/read.ts', './refresh.ts'],
  ['core/src/refresh.ts', './fill.ts'],
  ['core/src/fill.ts', './write.ts'],
  ['core/src/invalidate.ts', './write.ts'],
  ['core/src/edit.ts', './write.ts'],
  ['core/src/write.ts', './parts.ts'],
  ['core/src/parts.ts', './l2/look.ts'],
  ['core/src/write.ts', './l2/look.ts'],
  ['core/src/l2/look.ts', '../entry/entry.ts'],
  ['core/src/l1/item.ts', '../entry/entry.ts'],
  ['core/src/entry/entry.ts', '../contracts/clock.ts'],
  ['core/src/memory/memory-store.ts', '../entry/entry.ts'],
  ['core/src/memory/memory-store.test.ts', '../cache-manager.ts'],
  ['core/src/index.ts', './invalidate.ts'],
  ['core/src/index.ts', './edit.ts'],
  ['core/src/index.ts', './l1/item.ts'],
  ['redis/src/index.ts', '@larder/core'],
  ['redis/src/index.ts', '@larder/core/contracts'],
]

/** One more import, and the rule that must refuse it. */
const refused = [
  ['core/src/contracts/clock.ts', '../entry/entry.ts', 'ground-imports-nothing'],
  ['core/src/errors/cache-error.ts', '../key/key.ts', 'ground-imports-nothing'],
  ['core/src/entry/entry.ts', '../l1/item.ts', 'vocabulary-is-pure'],
  ['core/src/l2/look.ts', '../l1/item.ts', 'stage-imports-sibling'],
  ['core/src/l2/look.ts', '../write.ts', 'stage-imports-down'],
  ['core/src/parts.ts', './read.ts', 'assembly-imports-down'],
  ['core/src/l2/look.ts', '../parts.ts', 'stage-imports-down'],
  ['core/src/write.ts', './cache.ts', 'verb-imports-down'],
  ['core/src/write.ts', './fill.ts', 'verb-order-write'],
  ['core/src/fill.ts', './read.ts', 'verb-order-fill'],
  ['core/src/refresh.ts', './read.ts', 'verb-order-refresh'],
  ['core/src/read.ts', './invalidate.ts', 'verb-order-read'],
  ['core/src/invalidate.ts', './fill.ts', 'verb-order-invalidate'],
  ['core/src/edit.ts', './read.ts', 'verb-order-edit'],
  ['core/src/cache.ts', './memory/memory-store.ts', 'face-imports-down'],
  ['core/src/patterns/read-through.ts', '../cache.ts', 'pattern-imports-cache'],
  ['core/src/memory/memory-store.ts', '../l2/look.ts', 'memory-is-a-backend'],
  ['core/src/cache-manager.ts', './index.ts', 'makers-import-down'],
  ['core/src/utils/strings.ts', '../key/key.ts', 'file-without-layer'],
  ['core/src/read.ts', './utils/strings.ts', 'import-of-file-without-layer'],
  ['core/src/read.ts', 'ioredis', 'core-without-clients'],
  ['core/src/read.ts', './write.test.ts', 'no-test-in-source'],
  ['core/src/entry/entry.ts', './entry.ts', 'no-cycle'],
  ['core/src/read.ts', './nowhere.ts', 'not-unresolvable'],
  ['redis/src/index.ts', '../../core/src/key/key.ts', 'core-by-its-doors'],
  ['redis/src/index.ts', '../../core/src/index.ts', 'package-by-its-name'],
  ['core/src/index.ts', '../../redis/src/script.ts', 'package-by-its-door'],
  ['redis/src/index.ts', 'left-pad', 'not-undeclared'],
  ['redis/src/index.ts', 'vitest', 'not-a-dev-dependency'],
]

let folder

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'larder-layers-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('the layer rules', () => {
  test('accept every import that the architecture draws', async () => {
    expect(await violationsOf('allowed', allowed)).toEqual([])
  })

  test('refuse each import against the direction, types included', async () => {
    const violations = await violationsOf('refused', [...allowed, ...refused])
    for (const [from, to, rule] of refused) expect(violations, `${from} imports ${to}`).toContain(`${rule}: ${from}`)
  })

  test('report a file that nothing uses', async () => {
    const violations = await violationsOf('orphan', allowed, { 'core/src/key/forgotten.ts': 'export const a = 1\n' })
    expect(violations).toEqual(['no-orphan: core/src/key/forgotten.ts'])
  })
})

/** Writes a small workspace with these imports and returns what dependency-cruiser says about it. */
async function violationsOf(name, imports, extraFiles = {}) {
  const root = join(folder, name)
  const files = new Map(Object.entries(extraFiles))
  for (const [from, to] of imports) {
    files.set(from, `${files.get(from) ?? ''}export type {} from '${to}'\n`)
    const target = join(dirname(from), to)
    if (to.startsWith('.') && !to.includes('nowhere') && !files.has(target)) files.set(target, 'export {}\n')
  }
  for (const [path, text] of files) write(join(root, 'packages', path), text)
  write(
    join(root, 'tsconfig.json'),
    '{ "compilerOptions": { "module": "nodenext", "allowImportingTsExtensions": true } }',
  )
  const exports = { '.': './src/index.ts', './contracts': './src/contracts/index.ts' }
  writeManifest(root, 'core', { exports })
  writeManifest(root, 'redis', { dependencies: { '@larder/core': '*' }, devDependencies: { vitest: '*' } })
  for (const dependency of ['ioredis', 'left-pad', 'vitest']) {
    write(
      join(root, 'node_modules', dependency, 'package.json'),
      JSON.stringify({ name: dependency, main: 'index.js' }),
    )
    write(join(root, 'node_modules', dependency, 'index.js'), 'module.exports = {}\n')
  }
  mkdirSync(join(root, 'node_modules', '@larder'), { recursive: true })
  symlinkSync(join(root, 'packages', 'core'), join(root, 'node_modules', '@larder', 'core'), 'junction')

  const cruiser = join(workspaceRoot, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs')
  const config = join(workspaceRoot, '.dependency-cruiser.mjs')
  const args = [cruiser, '--config', config, '--output-type', 'json', 'packages']
  const { output } = await captureCommand(process.execPath, args, { cwd: root })
  const { summary } = JSON.parse(output)
  return summary.violations.map(({ rule, from }) => `${rule.name}: ${from.replace('packages/', '')}`)
}

function writeManifest(root, name, fields) {
  write(join(root, 'packages', name, 'package.json'), JSON.stringify({ name: `@larder/${name}`, ...fields }))
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
