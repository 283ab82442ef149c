import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { makeWorld, trip } from './world.ts'

const unhandled = vi.fn()
beforeEach(() => void process.on('unhandledRejection', unhandled))
afterEach(() => {
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})

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
