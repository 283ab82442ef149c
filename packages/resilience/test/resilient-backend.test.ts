import { memory } from '@larder/core'
import type { Locks } from '@larder/core/contracts'
import { FakeClock, SeededRandom } from '@larder/testing'
import { expect, test } from 'vitest'
import { resilient } from '../src/index.ts'
import type { ResilientOptions } from '../src/index.ts'
import { Server } from './breakable-backend.ts'
import { makeWorld } from './world.ts'

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

test('of locks only extending is repeated', async () => {
  const clock = new FakeClock()
  const calls: string[] = []
  const failing = (name: string) => (): Promise<never> => {
    calls.push(name)
    return Promise.reject(new Error('ECONNREFUSED'))
  }
  const { locks } = memory({ clock }) as { readonly locks: Locks }
  const methods = { acquire: failing('acquire'), extend: failing('extend'), release: failing('release') }
  const broken: Locks = { manifest: locks.manifest, ...methods, close: async () => {} }
  const backend = resilient({ ...memory({ clock }), locks: broken }, { clock, breaker: { volumeThreshold: 4 } })
  const settled = Promise.allSettled([
    backend.locks.acquire('k', { token: 't', ttlMs: 1 }),
    backend.locks.extend('k', 't', 1),
    backend.locks.release('k', 't'),
  ])
  await clock.advance(1_000)
  await settled
  expect([...calls].sort()).toEqual(['acquire', 'extend', 'extend', 'release'])
  expect(backend.circuits.locks?.state).toBe('open')
  await expect(backend.locks.acquire('k', { token: 't', ttlMs: 1 })).rejects.toMatchObject({
    code: 'ERR_LARDER_STORE_UNAVAILABLE',
  })
  expect((await backend.health()).reasons).toEqual(['the circuit of the locks of memory is open: 4 of 4 calls failed'])
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

test('under 100 % failures for 60 s a store is asked at most 1.1 times as often as it is called, and a burst', async () => {
  const world = makeWorld()
  const { backend, link } = await world.node({}, { breaker: false })
  link.weather.mode = 'reject'
  link.calls.length = 0
  const all: Promise<unknown>[] = []
  const end = world.clock.monotonic() + 60_000
  while (world.clock.monotonic() < end) {
    for (let i = 0; i < 5; i++) all.push(backend.store.get(`${i}`).catch(() => {}))
    await world.clock.advance(100)
  }
  await Promise.all(all)
  const asked = link.calls.filter((call) => call === 'store.get').length
  expect(all.length).toBe(3_000)
  expect(asked).toBeGreaterThan(all.length * 1.09)
  expect(asked).toBeLessThanOrEqual(all.length * 1.1 + 10)
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
  const health: ReturnType<Server['link']>['health'] = async () => {
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
