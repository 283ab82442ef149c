import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createBackend, createCacheManager } from '@larder/core'
import { contractTests, FakeClock, storeSuite } from '@larder/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { extractExamples } from './doc-examples.mjs'
import { cacheFolder, workspaceRoot } from './workspace.mjs'

const page = readFileSync(join(workspaceRoot, 'docs', 'backends.md'), 'utf8')
const example = extractExamples(page).find((source) => source.includes('class MapStore'))
mkdirSync(cacheFolder, { recursive: true })
const folder = mkdtempSync(join(cacheFolder, 'documented-backend-'))
const path = join(folder, 'map-store.ts')
writeFileSync(path, example)
const { MapStore } = await import(path)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the backend of docs/backends.md', () => {
  const open = () => {
    const clock = new FakeClock()
    const store = new MapStore(clock)
    return { manifest: store.manifest, store, namespace: 'suite', elapse: (ms) => clock.advance(ms) }
  }
  for (const { name, run } of contractTests(storeSuite, open)) test(name, run)

  test('is a provider once it is loaded, and caches use it', async () => {
    const clock = new FakeClock()
    const l2 = createBackend({ provider: 'map', clock })
    const [one, other] = [1, 2].map(() => createCacheManager({ l2, clock, l1: false }))
    await clock.advance(0)
    let name = 'Ada'
    const [here, there] = [one, other].map((caches) => caches.cache('users', { load: () => name, tags: ['all'] }))
    expect(await here.readThrough('1')).toBe('Ada')
    name = 'Grace'
    expect(await there.readThrough('1')).toBe('Ada')
    await there.invalidateTags('all')
    expect(await here.readThrough('1')).toBe('Grace')
    expect(() => createBackend({ provider: 'mapp' })).toThrow(
      /there are: memory, map, ioredis, iovalkey, node-redis, valkey-glide, memcached/,
    )
  })

  test('has 60 lines, without blank ones, imports and declarations', () => {
    const lines = /export class MapStore[^]*?\n}\n/.exec(example)[0].split('\n')
    expect(lines.filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(60)
  })
})
