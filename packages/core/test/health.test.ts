import { expect, test } from 'vitest'
import { breakable, makeWorld } from './world.ts'

test('a cache is healthy and has no reasons not to be', async () => {
  const world = makeWorld()
  const caches = await world.node()
  expect(await caches.health()).toEqual({
    status: 'healthy',
    reasons: [],
    live: true,
    queued: 0,
    backend: { name: 'memory', status: 'healthy', latencyMs: 0 },
  })
})

test('health says each reason for which it is degraded', async () => {
  const world = makeWorld()
  const backend = {
    ...breakable(world),
    health: async () => ({ status: 'degraded' as const, reasons: ['the circuit of the store is open'] }),
  }
  const caches = await world.node({ l2: backend, defaults: { onUnavailable: 'queue' } })
  const users = caches.cache<string>('users', {
    load: Object.assign(() => 'Ada', { healthReasons: () => ['the circuit of the source is open'] }),
  })
  const health = await users.health()
  expect(health.status).toBe('degraded')
  expect(health.reasons).toEqual([
    'the backend breakable is degraded: the circuit of the store is open',
    'the cache users: the circuit of the source is open',
  ])
})

test('a node that has not heard of the journal says so', async () => {
  const world = makeWorld()
  const backend = breakable(world)
  backend.mode = 'reject'
  const caches = await world.node({ l2: backend })
  const { status, live, reasons } = await caches.health()
  expect({ status, live }).toEqual({ status: 'degraded', live: false })
  expect(reasons.join()).toContain('journal')
})

test('invalidations that wait are a reason', async () => {
  const world = makeWorld()
  const backend = breakable(world)
  const users = (await world.node({ l2: backend })).cache<string>('users', { onUnavailable: 'queue' })
  backend.mode = 'reject'
  await users.delete('1')
  expect((await users.health()).reasons).toContain('invalidations that wait for the backend: 1')
})
