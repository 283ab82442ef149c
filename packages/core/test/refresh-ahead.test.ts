import { describe, expect, test } from 'vitest'
import type { Cache } from '@larder/core'
import { heldLoader, makeWorld } from './world.ts'

const MINUTE = 60_000

describe('refreshAhead as a share of the ttl', () => {
  test('reloads a value behind its readers once that share has passed, so that it never expires', async () => {
    const { clock, node } = makeWorld()
    let version = 0
    const cache = (await node()).cache<number>('c', { ttl: '10m', refreshAhead: 0.8, load: () => ++version })
    await cache.readThrough('a')
    await clock.advance(7.9 * MINUTE)
    expect(await cache.readThrough('a')).toBe(1)
    await clock.advance(0)
    expect(version).toBe(1)
    await clock.advance(0.2 * MINUTE)
    expect(await cache.readThrough('a')).toBe(1)
    await clock.advance(0)
    expect(version).toBe(2)
    expect(await cache.readThrough('a')).toBe(2)
    await clock.advance(0)
    expect(version).toBe(2)
  })

  test('also for get, for values of the shared store, and for a single call', async () => {
    const { clock, node } = makeWorld()
    let loads = 0
    const options = { ttl: '10m', load: () => ++loads } as const
    const cache = (await node({ l1: false })).cache<number>('c', options)
    await cache.readThrough('a')
    await clock.advance(9 * MINUTE)
    await cache.readThrough('a')
    await clock.advance(0)
    expect(loads).toBe(1)
    expect(await cache.get('a', { refreshAhead: 0.5 })).toBe(1)
    await clock.advance(0)
    expect(loads).toBe(2)
    await clock.advance(9 * MINUTE)
    expect(await cache.readThrough('a', undefined, { refreshAhead: 0.5 })).toBe(2)
    await clock.advance(0)
    expect(loads).toBe(3)
  })

  test('lets one process of all do it; the others take what it made', async () => {
    const { clock, node } = makeWorld()
    const loader = heldLoader<string>()
    const options = { ttl: '10m', refreshAhead: 0.5, load: loader.load } as const
    const nodes = [await node(), await node(), await node()].map((manager) => manager.cache<string>('c', options))
    const first = nodes[0] as Cache<string>
    const made = first.readThrough('a')
    await clock.advance(0)
    loader.answer('old')
    await made
    for (const cache of nodes) await cache.readThrough('a')
    await clock.advance(6 * MINUTE)
    expect(await Promise.all(nodes.map((cache) => cache.readThrough('a')))).toEqual(['old', 'old', 'old'])
    await clock.advance(0)
    expect(loader.calls()).toBe(2)
    loader.answer('new')
    await clock.advance(0)
    expect(await first.readThrough('a')).toBe('new')
    for (const cache of nodes) await cache.readThrough('a')
    await clock.advance(0)
    expect(await Promise.all(nodes.map((cache) => cache.readThrough('a')))).toEqual(['new', 'new', 'new'])
    expect(loader.calls()).toBe(2)
  })

  test('keeps the old value when the loader fails, reports it, and backs off', async () => {
    const { clock, errors, node } = makeWorld()
    const failure = new Error('the source is down')
    let fails = false
    let loads = 0
    const load = (): string => {
      loads++
      if (fails) throw failure
      return 'A'
    }
    const cache = (await node()).cache<string>('c', { ttl: '10m', refreshAhead: 0.5, load })
    await cache.readThrough('a')
    fails = true
    await clock.advance(6 * MINUTE)
    for (let i = 0; i < 5; i++) {
      expect(await cache.readThrough('a')).toBe('A')
      await clock.advance(0)
    }
    expect(loads).toBe(2)
    expect(errors).toEqual([failure])
  })

  test('never brings back what was invalidated while it ran', async () => {
    const { clock, node } = makeWorld()
    const loader = heldLoader<string>()
    const cache = (await node()).cache<string>('c', { ttl: '10m', refreshAhead: 0.5, load: loader.load })
    await cache.set('a', 'old')
    await clock.advance(6 * MINUTE)
    await cache.readThrough('a')
    await clock.advance(0)
    expect(loader.calls()).toBe(1)
    await cache.delete('a')
    loader.answer('read before the delete')
    await clock.advance(0)
    expect(await cache.get('a')).toBeUndefined()
  })

  test('refuses shares and betas that make no sense', async () => {
    const manager = await makeWorld().node()
    for (const refreshAhead of [0, 1, 1.5, -1, Number.NaN, { beta: 0 }, {}, 'soon', null]) {
      expect(() => manager.cache('bad', { refreshAhead: refreshAhead as number })).toThrow(/refreshAhead/)
    }
  })
})

describe('refreshAhead by XFetch', () => {
  test('refreshes early by chance, the likelier the longer loads take', async () => {
    const early = async (loadMs: number): Promise<number> => {
      let refreshed = 0
      for (let round = 0; round < 40; round++) {
        const { clock, node } = makeWorld()
        let loads = 0
        const load = async (): Promise<number> => {
          await new Promise<void>((resolve) => void clock.after(loadMs, resolve))
          return ++loads
        }
        const manager = await node({ random: { fraction: () => (round + 0.5) / 40, token: tokens() } })
        const cache = manager.cache<number>('c', { ttl: '1m', refreshAhead: { beta: 1 }, load })
        void cache.readThrough('a')
        await clock.advance(loadMs)
        await clock.advance(50_000)
        await cache.readThrough('a')
        await clock.advance(0)
        await clock.advance(loadMs)
        if (loads === 2) refreshed++
      }
      return refreshed / 40
    }
    // 10 s before the end: P(-ln(u) * loadMs >= 10 s) = exp(-10 s / loadMs).
    expect(await early(1)).toBe(0)
    expect(await early(5_000)).toBeCloseTo(Math.exp(-2), 1)
    expect(await early(20_000)).toBeCloseTo(Math.exp(-0.5), 1)
  })
})

function tokens(): () => string {
  let made = 0
  return () => String(++made).padStart(16, 't')
}

describe('refreshAhead(key, { before })', () => {
  test('reloads a value that is good for no longer than that, and leaves others alone', async () => {
    const { clock, node } = makeWorld()
    let loads = 0
    const cache = (await node()).cache<number>('c', { ttl: '10m', load: () => ++loads })
    expect(await cache.refreshAhead('a', { before: '1m' })).toBe('refreshed')
    expect(await cache.refreshAhead('a', { before: '1m' })).toBe('not-due')
    await clock.advance(9.5 * MINUTE)
    expect(await cache.refreshAhead('a', { before: '1m' })).toBe('refreshed')
    expect(await cache.get('a')).toBe(2)
    expect(await cache.refreshAhead('a', { before: '1m' }, () => 7)).toBe('not-due')
    expect(await cache.refreshAhead('a', { before: '11m' }, () => 7)).toBe('refreshed')
    expect(await cache.get('a')).toBe(7)
  })

  test('says when another process loads, when an invalidation came between, and when the loader has nothing', async () => {
    const { clock, node } = makeWorld()
    const loader = heldLoader<string>()
    const one = (await node()).cache<string>('c', { ttl: '10m', load: loader.load })
    const other = (await node()).cache<string>('c', { ttl: '10m', load: loader.load })
    await one.set('a', 'A')
    const mine = one.refreshAhead('a', { before: '11m' })
    await clock.advance(0)
    expect(await other.refreshAhead('a', { before: '11m' })).toBe('loading-elsewhere')
    await other.delete('a')
    loader.answer('too late')
    expect(await mine).toBe('superseded')
    expect(await one.refreshAhead('a', { before: '1m' }, () => undefined as unknown as string)).toBe('nothing')
  })

  test('keeps the old value when the loader fails; without one, the error is the caller’s', async () => {
    const { node, errors } = makeWorld()
    const cache = (await node()).cache<string>('c', { ttl: '10m' })
    const failure = new Error('the source is down')
    const load = (): Promise<string> => Promise.reject(failure)
    await expect(cache.refreshAhead('a', { before: '1m' }, load)).rejects.toBe(failure)
    await cache.set('a', 'A')
    expect(await cache.refreshAhead('a', { before: '11m' }, load)).toBe('failed')
    expect(await cache.refreshAhead('a', { before: '11m' }, load)).toBe('failed')
    expect(await cache.get('a')).toBe('A')
    expect(errors).toEqual([failure])
  })

  test('refuses a call without before, and a loader that is none', async () => {
    const cache = (await makeWorld().node()).cache<string>('c')
    await expect(cache.refreshAhead('a', {} as { before: 1 })).rejects.toThrow(/before/)
    await expect(cache.refreshAhead('a', { before: '1m' }, 'load' as never)).rejects.toThrow(/loader/)
    await expect(cache.refreshAhead('a', undefined as never)).rejects.toThrow(TypeError)
  })
})

describe('waitUntil', () => {
  test('is told of work behind an answer: the call’s own hook, or else the manager’s', async () => {
    const { clock, node } = makeWorld()
    const loader = heldLoader<string>()
    const ofManager: Promise<unknown>[] = []
    const ofCall: Promise<unknown>[] = []
    const manager = await node({ waitUntil: (work) => void ofManager.push(work) })
    const cache = manager.cache<string>('c', { ttl: '1m', grace: '1h', load: loader.load })
    await cache.set('a', 'A')
    await cache.set('b', 'B')
    await clock.advance(2 * MINUTE)
    await cache.readThrough('a')
    await cache.readThrough('b', undefined, { waitUntil: (work) => void ofCall.push(work) })
    expect([ofManager.length, ofCall.length]).toEqual([1, 1])
    let ended = 0
    for (const work of [...ofManager, ...ofCall]) void work.then(() => ended++)
    await clock.advance(0)
    expect(ended).toBe(0)
    loader.answer('A2')
    loader.fail(new Error('the source is down'))
    await clock.advance(0)
    expect(ended).toBe(2)
  })

  test('that throws is reported, and disturbs nothing', async () => {
    const { clock, errors, node } = makeWorld()
    const manager = await node({
      waitUntil: () => {
        throw new Error('the request is over')
      },
    })
    const cache = manager.cache<string>('c', { ttl: '1m', grace: '1h', load: () => 'new' })
    await cache.set('a', 'A')
    await clock.advance(2 * MINUTE)
    expect(await cache.readThrough('a')).toBe('A')
    await clock.advance(0)
    expect(await cache.readThrough('a')).toBe('new')
    expect(errors).toHaveLength(1)
  })
})
