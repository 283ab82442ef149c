import { createCacheManager } from '@larder/core'
import type { Cache, CacheManager, ManagerOptions } from '@larder/core'
import { FakeClock, SeededRandom } from '@larder/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { resilient } from '../src/index.ts'
import type { ResilientOptions } from '../src/index.ts'
import { Server } from './breakable-backend.ts'

const unhandled = vi.fn()
beforeEach(() => void process.on('unhandledRejection', unhandled))
afterEach(() => {
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})

type Link = ReturnType<Server['link']>

interface Node {
  readonly manager: CacheManager
  readonly cache: Cache<string>
  readonly link: Link
  readonly backend: ReturnType<typeof resilient<Link>>
}

/** Nodes over one server, each with a link of its own; `source` is what their loaders read. */
function makeWorld(): {
  readonly clock: FakeClock
  readonly source: Map<string, string>
  readonly loads: () => number
  node(options?: ManagerOptions, policies?: ResilientOptions): Promise<Node>
} {
  const clock = new FakeClock()
  const random = new SeededRandom(1)
  const server = new Server(clock, random)
  const source = new Map<string, string>()
  let loads = 0
  return {
    clock,
    source,
    loads: () => loads,
    async node(options = {}, policies = {}) {
      const link = server.link()
      const backend = resilient(link, { clock, random, ...policies })
      const manager = createCacheManager({ l2: backend, clock, random, defaults: { ttl: '1h' }, ...options })
      const load = (key: string): string => {
        loads++
        return source.get(key) ?? 'nothing'
      }
      const cache = manager.cache<string>('users', { load, tags: ['t'] })
      await clock.advance(0)
      return { manager, cache, link, backend }
    },
  }
}

type World = ReturnType<typeof makeWorld>

/** Reads other keys until the circuits have opened. */
async function trip(
  { clock }: World,
  { cache, backend, link }: Node,
  mode: 'reject' | 'hang' = 'reject',
): Promise<void> {
  link.weather.mode = mode
  for (let i = 0; i < 40 && backend.circuits.store?.state === 'closed'; i++) {
    const read = cache.readThrough(`other ${i}`)
    await clock.advance(1_000)
    await read
  }
  for (let i = 0; i < 40 && backend.circuits.journal?.state === 'closed'; i++) {
    const call = cache.invalidateTags('other').catch(() => {})
    await clock.advance(1_000)
    await call
  }
  expect([backend.circuits.store?.state, backend.circuits.journal?.state]).not.toContain('closed')
}

describe.each(['reject', 'hang'] as const)('while the circuits are open, because the server can only %s', (mode) => {
  test('reads are loaded at once, without a call to the server and without an error', async () => {
    const world = makeWorld()
    const node = await world.node()
    await trip(world, node, mode)
    node.link.calls.length = 0
    const before = world.clock.monotonic()
    const loads = world.loads()
    const values = await Promise.all(Array.from({ length: 50 }, (_, i) => node.cache.readThrough(`new ${i}`)))
    expect(values).toEqual(Array.from({ length: 50 }, () => 'nothing'))
    expect(world.loads()).toBe(loads + 50)
    expect(world.clock.monotonic()).toBe(before)
    expect(node.link.calls).toEqual([])
  })

  test('writes and invalidations reject at once', async () => {
    const world = makeWorld()
    const node = await world.node()
    await trip(world, node, mode)
    const { cache, manager } = node
    const calls = [
      cache.delete('1'),
      cache.expire('1'),
      cache.set('1', 'x'),
      cache.clear(),
      cache.invalidateTags('t'),
      cache.touch('1', '1h'),
      cache.addTags('1', 'x'),
      cache.publishInvalidation('1'),
      manager.invalidateTags('t'),
    ]
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'ERR_LARDER_STORE_UNAVAILABLE', cause: { code: 'ERR_LARDER_CIRCUIT_OPEN' } },
      })
    }
  })

  test('the node is not taken for live, and health says why', async () => {
    const world = makeWorld()
    const node = await world.node()
    await trip(world, node, mode)
    const asked = node.manager.health()
    await world.clock.advance(2_000)
    const { status, live, backend, reasons } = await asked
    expect({ status, live, backend: backend.status }).toEqual({ status: 'degraded', live: false, backend: 'down' })
    expect(reasons.join('\n')).toMatch(/circuit of the store of server is (half-)?open: \d+ of \d+ calls failed/)
    expect(reasons.join('\n')).toMatch(/circuit of the journal of server is (half-)?open/)
  })

  test('it recovers by itself, and serves nothing that was invalidated elsewhere meanwhile', async () => {
    const world = makeWorld()
    const [away, other] = [await world.node(), await world.node()]
    world.source.set('1', 'old')
    world.source.set('2', 'old')
    expect(await away.cache.readThrough('1')).toBe('old')
    expect(await away.cache.readThrough('2')).toBe('old')
    await trip(world, away, mode)
    for (const key of ['1', '2']) world.source.set(key, 'new')
    await other.cache.delete('1')
    await other.cache.invalidateTags('t')
    expect(await away.cache.readThrough('1')).toBe('new')

    away.link.weather.mode = 'up'
    for (let i = 0; i < 12; i++) {
      for (const key of ['1', '2']) {
        const read = away.cache.readThrough(key)
        await world.clock.advance(500)
        expect(await read).toBe('new')
      }
    }
    expect([away.backend.circuits.store?.state, away.backend.circuits.journal?.state]).toEqual(['closed', 'closed'])
    expect(await away.manager.health()).toMatchObject({ status: 'healthy', live: true, reasons: [] })
    const { l1Hits } = away.cache.stats()
    await away.cache.readThrough('1')
    expect(away.cache.stats().l1Hits).toBe(l1Hits + 1)
  })

  test('an invalidation that may wait waits, and is carried out after the recovery', async () => {
    const world = makeWorld()
    const away = await world.node({ defaults: { ttl: '1h', onUnavailable: 'queue' } })
    const other = await world.node()
    world.source.set('1', 'old')
    world.source.set('2', 'old')
    for (const node of [away, other])
      for (const key of ['1', '2']) expect(await node.cache.readThrough(key)).toBe('old')
    await trip(world, away, mode)
    for (const key of ['1', '2']) world.source.set(key, 'new')
    await away.cache.delete('1')
    await away.cache.invalidateTags('t')
    expect((await Promise.all([away.manager.health(), world.clock.advance(2_000)]))[0].queued).toBeGreaterThan(0)
    expect(await away.cache.readThrough('1')).toBe('new')
    away.link.weather.mode = 'up'
    for (let i = 0; i < 12; i++) {
      // What waits may remove what the store still has: this node trusts nothing of it until it is through.
      const read = Promise.all([away.cache.readThrough('1'), away.cache.readThrough('2')])
      await world.clock.advance(1_000)
      expect(await read).toEqual(['new', 'new'])
    }
    expect((await away.manager.health()).queued).toBe(0)
    expect(await other.cache.readThrough('1')).toBe('new')
    expect(await other.cache.readThrough('2')).toBe('new')
  })
})

test('the journal is asked whether the node is up to date, whatever its circuit says', async () => {
  const world = makeWorld()
  const node = await world.node({}, { breaker: { openFor: '1h' } })
  await trip(world, node)
  expect((await node.manager.health()).live).toBe(false)
  node.link.weather.mode = 'up'
  await world.clock.advance(2_000)
  expect(node.backend.circuits.journal?.state).toBe('open')
  expect((await node.manager.health()).live).toBe(true)
})

test('a node whose journal alone is gone becomes blind and stays right', async () => {
  const world = makeWorld()
  const [away, other] = [await world.node(), await world.node()]
  world.source.set('1', 'old')
  expect(await away.cache.readThrough('1')).toBe('old')
  away.link.weather.parts = ['journal']
  away.link.weather.mode = 'reject'
  for (let i = 0; i < 20; i++) {
    const call = away.cache.invalidateTags('other').catch(() => {})
    await world.clock.advance(500)
    await call
  }
  expect([away.backend.circuits.store?.state, away.backend.circuits.journal?.state]).toEqual(['closed', 'open'])
  world.source.set('1', 'new')
  await other.cache.invalidateTags('t')
  const read = away.cache.readThrough('1')
  await world.clock.advance(1_000)
  expect(await read).toBe('new')
  await expect(away.cache.delete('1')).rejects.toMatchObject({ code: 'ERR_LARDER_STORE_UNAVAILABLE' })
})

test('what may be done twice is repeated once, what may not is not', async () => {
  const world = makeWorld()
  const node = await world.node({}, { breaker: false })
  const { store, journal } = node.backend
  node.link.weather.mode = 'reject'
  node.link.calls.length = 0
  const frame = new Uint8Array(8)
  const append = { nonce: 'n', origin: 'o', kind: 'keys', items: [], markTtlMs: 1 } as const
  const calls: readonly (readonly [Promise<unknown>, number])[] = [
    [store.get('k'), 2],
    [store.getMany(['k']), 2],
    [store.take('k', { token: 't', leaseMs: 1 }), 1],
    [store.fill('k', { token: 't', frame, ttlMs: 1 }), 1],
    [store.drop('a', { mode: 'delete' }), 2],
    [store.renew('k', 't', 1), 2],
    [store.release('k', 't'), 2],
    [store.edit('k', { kind: 'replace', expectId: 'i', frame, ttlMs: 1 }), 1],
    [journal.append('n', append), 2],
    [journal.marks('n', { names: [] }), 2],
    [journal.sync('n', undefined), 1],
    [journal.missing('n', []), 1],
  ]
  const settled = Promise.allSettled(calls.map(([call]) => call))
  await world.clock.advance(1_000)
  expect((await settled).every(({ status }) => status === 'rejected')).toBe(true)
  const names = [
    'get',
    'getMany',
    'take',
    'fill',
    'drop',
    'renew',
    'release',
    'edit',
    'append',
    'marks',
    'sync',
    'missing',
  ]
  const counted = names.map((name) => node.link.calls.filter((call) => call.endsWith(`.${name}`)).length)
  // The heartbeat of the node asks for a sync as well.
  expect(counted.map((count, i) => (names[i] === 'sync' ? 1 : count))).toEqual(calls.map(([, attempts]) => attempts))
  node.link.calls.length = 0
  const set = store.drop('k', { mode: 'set', token: 't', leaseMs: 1 }).catch(() => {})
  const expire = store.drop('k', { mode: 'expire', graceMs: 1 }).catch(() => {})
  await world.clock.advance(1_000)
  await Promise.all([set, expire])
  expect(node.link.calls.filter((call) => call === 'store.drop').length).toBe(1 + 2)
})

test('an operation that hangs is given up in time, and its repetition too', async () => {
  const world = makeWorld()
  const node = await world.node({}, { breaker: false, retry: { within: '600ms' } })
  node.link.weather.mode = 'hang'
  const began = world.clock.monotonic()
  const call = node.backend.store
    .get('k')
    .catch((error: unknown) => ({ error, after: world.clock.monotonic() - began }))
  await world.clock.advance(2_000)
  const { error, after } = (await call) as { error: unknown; after: number }
  expect(error).toMatchObject({ code: 'ERR_LARDER_STORE_TIMEOUT', cause: { code: 'ERR_LARDER_OPERATION_TIMEOUT' } })
  expect(after).toBe(600)
})

test('a full bulkhead makes a miss of a read, and opens no circuit', async () => {
  const world = makeWorld()
  const node = await world.node({}, { bulkhead: { maxConcurrent: 1, queue: 0 } })
  const values = await Promise.all(Array.from({ length: 30 }, (_, i) => node.cache.readThrough(`${i}`)))
  expect(values.length).toBe(30)
  expect(node.cache.stats().storeErrors).toBeGreaterThan(0)
  expect(node.backend.circuits.store?.state).toBe('closed')
})

test('closing ends the probes and the backend within', async () => {
  const world = makeWorld()
  const link = new Server(world.clock, new SeededRandom(2)).link()
  let closed = 0
  let asked = 0
  const health: Link['health'] = async () => {
    asked++
    return { status: 'down' }
  }
  const backend = resilient({ ...link, health, close: async () => void closed++ }, { clock: world.clock })
  link.weather.mode = 'reject'
  const failed = Promise.all(Array.from({ length: 20 }, () => backend.store.get('k').catch(() => {})))
  await world.clock.advance(1_000)
  await failed
  expect(backend.circuits.store?.state).toBe('open')
  await world.clock.advance(20_000)
  expect(asked).toBeGreaterThan(2)
  await backend.close()
  const before = asked
  await world.clock.advance(60_000)
  expect([asked, closed]).toEqual([before, 1])
})

test.each([
  ['timeout', { timeout: 'forever' }],
  ['retry', { retry: true }],
  ['attempts', { retry: { attempts: 0 } }],
  ['breaker', { breaker: true }],
  ['volumeThreshold', { breaker: { volumeThreshold: 0 } }],
  ['maxConcurrent', { bulkhead: { maxConcurrent: 0 } }],
  ['clock', { clock: 1 }],
] as const)('a wrong %s throws a TypeError that names it', (name, options) => {
  const world = new FakeClock()
  const backend = new Server(world, new SeededRandom(1)).backend
  const make = (): unknown => resilient(backend, options as unknown as ResilientOptions)
  expect(make).toThrow(TypeError)
  expect(make).toThrow(name)
})
