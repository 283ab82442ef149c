import { createCacheManager, systemClock } from '@larder/core'
import type { Cache, CacheManager } from '@larder/core'
import { redis } from '@larder/redis'
import { startRedis, TcpProxy } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { resilient, resilientLoader } from '../src/index.ts'
import { eventually, sleep } from './eventually.ts'

const LOAD_MS = 5
const PLACES = 8
const ATTEMPT_MS = 200
const HEARTBEAT_MS = 1_000

const unhandled = vi.fn()
let server: ServerHandle
let proxy: TcpProxy
beforeEach(async () => {
  process.on('unhandledRejection', unhandled)
  server = await startRedis({ own: true })
  proxy = await TcpProxy.start({ port: server.port })
})
afterEach(async () => {
  await proxy.close()
  await server.stop()
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})

/** A source that notes how many loads run at once. */
class Source {
  readonly values = new Map<string, string>()
  most = 0
  #running = 0

  async load(key: string): Promise<string> {
    this.most = Math.max(this.most, ++this.#running)
    await sleep(LOAD_MS)
    this.#running--
    return this.values.get(key) ?? `value of ${key}`
  }
}

interface Node {
  readonly manager: CacheManager
  readonly cache: Cache<string>
  readonly backend: ReturnType<typeof makeBackend>
}

function makeBackend(port: number) {
  return resilient(redis({ url: `redis://127.0.0.1:${port}` }), {
    timeout: ATTEMPT_MS,
    breaker: { openFor: '300ms' },
  })
}

async function openNode(source: Source, port: number, onUnavailable: 'fail' | 'queue' = 'fail'): Promise<Node> {
  const backend = makeBackend(port)
  const manager = createCacheManager({ l2: backend, heartbeat: HEARTBEAT_MS, defaults: { ttl: '1h', onUnavailable } })
  const cache = manager.cache<string>('things', {
    tags: ['all'],
    load: resilientLoader((key: string) => source.load(key), { bulkhead: { maxConcurrent: PLACES } }),
  })
  await eventually(async () => (await manager.health()).status === 'healthy')
  return { manager, cache, backend }
}

/** Callers that read new keys without pause for a while; how long each read took, in ms. */
async function readNewKeys(cache: Cache<string>, ms: number): Promise<readonly number[]> {
  const end = systemClock.monotonic() + ms
  const took: number[] = []
  const caller = async (name: string): Promise<void> => {
    for (let i = 0; systemClock.monotonic() < end; i++) {
      const began = systemClock.monotonic()
      expect(await cache.readThrough(`${name}-${began}-${i}`)).toContain('value of')
      took.push(systemClock.monotonic() - began)
    }
  }
  await Promise.all(Array.from({ length: 2 * PLACES }, (_, n) => caller(`caller ${n}`)))
  return took
}

const FAULTS = {
  'is killed': {
    begin: () => server.kill(),
    end: () => server.restart(),
  },
  'swallows everything that is sent to it': {
    begin: async () => proxy.set({ up: { kind: 'swallow' }, down: { kind: 'swallow' } }),
    end: async () => proxy.heal(),
  },
} as const

describe.each(Object.keys(FAULTS) as (keyof typeof FAULTS)[])('when Redis %s', (name) => {
  const fault = FAULTS[name]

  test('reads go on without an error, from a source that is not overrun, and without delay once the circuit is open', async () => {
    const source = new Source()
    const { manager, cache, backend } = await openNode(source, proxy.port)
    await readNewKeys(cache, 100)
    source.most = 0
    await fault.begin()
    await readNewKeys(cache, 1_000)
    await eventually(() => backend.circuits.store?.state !== 'closed')
    const took = [...(await readNewKeys(cache, 2_000))].sort((a, b) => a - b)
    // Twice as many callers as places: each waits for one load before its own. A single read that asked Redis would take as long as an attempt.
    expect(took.at(-1)).toBeLessThan(ATTEMPT_MS)
    expect(took[Math.floor(took.length / 2)]).toBeLessThan(10 * LOAD_MS)
    expect(source.most).toBe(PLACES)
    expect(cache.stats().loadErrors).toBe(0)
    const health = await manager.health()
    expect(health).toMatchObject({ status: 'degraded', live: false })
    expect(health.reasons.join()).toContain('the circuit of the store of redis is')

    await fault.end()
    await eventually(async () => (await manager.health()).status === 'healthy')
    await cache.readThrough('kept')
    await eventually(async () => (await cache.getEntry('kept', { fresh: true }))?.source === 'l2')
    await manager.close()
  })

  test('an invalidation rejects at once or waits, and nothing of what it named is served after the recovery', async () => {
    const source = new Source()
    const failing = await openNode(source, proxy.port)
    const queueing = await openNode(source, proxy.port, 'queue')
    const other = await openNode(source, proxy.port)
    const keys = ['a', 'b']
    for (const key of keys) source.values.set(key, 'old')
    for (const { cache } of [failing, queueing, other])
      for (const key of keys) expect(await cache.readThrough(key)).toBe('old')
    await fault.begin()
    for (const { cache, backend } of [failing, queueing, other]) {
      await eventually(async () => {
        await cache.readThrough(`other ${systemClock.monotonic()}`)
        return backend.circuits.store?.state !== 'closed'
      })
    }
    await eventually(async () => {
      await failing.cache.invalidateTags('none').catch(() => {})
      return failing.backend.circuits.journal?.state !== 'closed'
    })
    for (const key of keys) source.values.set(key, 'new')
    const began = systemClock.monotonic()
    await expect(failing.cache.delete('a')).rejects.toMatchObject({ code: 'ERR_LARDER_STORE_UNAVAILABLE' })
    await expect(failing.cache.invalidateTags('all')).rejects.toMatchObject({ code: 'ERR_LARDER_STORE_UNAVAILABLE' })
    expect(systemClock.monotonic() - began).toBeLessThan(ATTEMPT_MS)
    await queueing.cache.delete('a')
    await queueing.cache.invalidateTags('all')
    expect((await queueing.manager.health()).queued).toBe(2)
    await fault.end()
    await eventually(async () => {
      // Until it is carried out, the node that was asked for it knows better than the store.
      for (const key of keys) expect(await queueing.cache.readThrough(key)).toBe('new')
      return (await queueing.manager.health()).status === 'healthy'
    })
    for (const { manager } of [failing, other])
      await eventually(async () => (await manager.health()).status === 'healthy')
    // The others hear of it within a heartbeat: one that was cut off for less than that may not have noticed.
    await sleep(HEARTBEAT_MS)
    for (const { cache } of [failing, queueing, other])
      for (const key of keys) expect(await cache.readThrough(key)).toBe('new')
    for (const { manager } of [failing, queueing, other]) await manager.close()
  })
})
