import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { withPackedPackages } from './pack-packages.mjs'
import { listPackages, listPublicPackages } from './workspace.mjs'

const sourceCondition = '@larder/source'
const publicPackages = listPublicPackages().map(({ path, manifest }) => [path, manifest])

describe('the manifests', () => {
  test.each(publicPackages)('%s is an ESM-only, side-effect free package under the MIT license', (_path, manifest) => {
    expect(manifest).toMatchObject({
      name: expect.stringMatching(/^@larder\//),
      license: 'MIT',
      type: 'module',
      sideEffects: false,
      files: manifest.bin === undefined ? ['dist'] : ['bin', 'dist'],
      engines: { node: '^20.19.0 || ^22.12.0 || >=24' },
    })
    expect(manifest).not.toHaveProperty('main')
    expect(manifest.description).toBeTruthy()
  })

  test.each(publicPackages)('%s publishes exactly the doors that it has in the workspace', (_path, manifest) => {
    expect(manifest.publishConfig.exports).toEqual(withoutSource(manifest.exports))
  })

  test.each(publicPackages)('%s is built and type-checked like every other package', (_path, manifest) => {
    expect(manifest.scripts).toMatchObject({ build: 'tsdown', 'check-types': expect.any(String) })
  })

  test('every public package has the same version', () => {
    expect(new Set(publicPackages.map(([, manifest]) => manifest.version)).size).toBe(1)
  })

  test('every package and example is type-checked', () => {
    for (const { path, manifest } of listPackages()) expect(manifest.scripts, path).toHaveProperty('check-types')
  })
})

describe('a packed package', () => {
  test('names no source file, no workspace link and no catalog in its manifest', async () => {
    const manifests = await withPackedPackages((tarballs) => tarballs.map(readPackedManifest))
    expect(manifests).toHaveLength(publicPackages.length)
    for (const manifest of manifests) {
      expect(manifest, 'the packed manifest').not.toContain(sourceCondition)
      expect(manifest).not.toMatch(/workspace:|catalog:|\.\/src\//)
    }
  })

  test('brings the license', async () => {
    const listings = await withPackedPackages((tarballs) => tarballs.map((tarball) => tar('-tzf', tarball)))
    for (const listing of listings) expect(listing.split('\n')).toContain('package/LICENSE')
  })
})

function withoutSource(exports) {
  return Object.fromEntries(
    Object.entries(exports).map(([door, target]) => {
      if (typeof target === 'string') return [door, target]
      const { [sourceCondition]: _source, ...published } = target
      return [door, published]
    }),
  )
}

function readPackedManifest(tarball) {
  return tar('-xzOf', tarball, 'package/package.json')
}

function tar(...args) {
  return execFileSync('tar', args, { encoding: 'utf8' })
}
