import { describe, expect, test, vi } from 'vitest'
import { cached, failed } from '@larder/core'
import type { Duration, LoadedOne } from '@larder/core'
import { heldLoader, makeWorld } from './world.ts'

const square = async (keys: readonly number[]): Promise<Map<number, number>> =>
  new Map(keys.map((key) => [key, key * key]))

describe('readThroughMany', () => {
  test('loads all missing keys with one call, in the order and form of the caller', async () => {
    const { node } = makeWorld()
    const squares = (await node()).cache<number, number>('squares')
    await squares.set(2, 4)
    const load = vi.fn(square)
    expect([...(await squares.readThroughMany([3, 2, 1, 3], load))]).toEqual([
      [3, 9],
      [2, 4],
      [1, 1],
    ])
    expect(load.mock.calls.map(([keys]) => keys)).toEqual([[3, 1]])
    expect([...(await squares.readThroughMany([1, 2, 3], load))].map(([, value]) => value)).toEqual([1, 4, 9])
    expect(load).toHaveBeenCalledTimes(1)
  })

  test('takes an array in the order of the keys, and leaves out what is missing', async () => {
    const { node } = makeWorld()
    const squares = (await node()).cache<number, number>('squares', {
      loadMany: (keys) => keys.map((key) => (key === 2 ? undefined : key * key)),
    })
    expect([...(await squares.readThroughMany([1, 2, 3]))]).toEqual([
      [1, 1],
      [3, 9],
    ])
    expect(await squares.get(2)).toBeUndefined()
  })

  test('refuses an array of another length, and anything but a Map or an array', async () => {
    const { node } = makeWorld()
    const squares = (await node()).cache<number, number>('squares')
    await expect(squares.readThroughMany([1, 2], () => [1])).rejects.toThrow('2 keys')
    await expect(squares.readThroughMany([1, 2], (() => ({})) as never)).rejects.toThrow(TypeError)
  })

  test('rejects with the error of its loader, and frees the keys', async () => {
    const { node } = makeWorld()
    const squares = (await node()).cache<number, number>('squares')
    const failure = new Error('source is down')
    await expect(squares.readThroughMany([1, 2], () => Promise.reject(failure))).rejects.toBe(failure)
    expect([...(await squares.readThroughMany([1, 2], square)).values()]).toEqual([1, 4])
  })

  test('joins loads that run already, and loads the rest without waiting for them', async () => {
    const { node, clock } = makeWorld()
    const squares = (await node()).cache<number, number>('squares')
    const held = heldLoader<number>()
    const single = squares.readThrough(1, held.load)
    await clock.advance(0)
    const load = vi.fn(square)
    const batch = squares.readThroughMany([1, 2, 3], load)
    await clock.advance(0)
    expect(load.mock.calls.map(([keys]) => keys)).toEqual([[2, 3]])
    held.answer(1)
    expect(await single).toBe(1)
    expect([...(await batch).values()]).toEqual([1, 4, 9])
  })

  test('lets single reads join it', async () => {
    const { node, clock } = makeWorld()
    const squares = (await node()).cache<number, number>('squares')
    const held = heldLoader<Map<number, number>>()
    const batch = squares.readThroughMany([1, 2], held.load)
    await clock.advance(0)
    const single = squares.readThrough(2, () => -1)
    await clock.advance(0)
    held.answer(new Map([[1, 1], [2, 4]])) // prettier-ignore
    expect(await single).toBe(4)
    expect([...(await batch).values()]).toEqual([1, 4])
  })

  test('of two nodes never wait for each other', async () => {
    const { node, clock } = makeWorld()
    const [a, b] = [(await node()).cache<number, number>('squares'), (await node()).cache<number, number>('squares')]
    const [heldA, heldB] = [heldLoader<Map<number, number>>(), heldLoader<Map<number, number>>()]
    const first = a.readThroughMany([1, 2], heldA.load)
    await clock.advance(0)
    const second = b.readThroughMany([3, 2, 1], heldB.load)
    await clock.advance(0)
    expect([heldA.calls(), heldB.calls()]).toEqual([1, 1])
    heldB.answer(new Map([[3, 9]]))
    heldA.answer(new Map([[1, 1], [2, 4]])) // prettier-ignore
    await clock.advance(100)
    expect([...(await first).values()]).toEqual([1, 4])
    expect([...(await second)]).toEqual([
      [3, 9],
      [2, 4],
      [1, 1],
    ])
    clock.assertIdle()
  })

  test('uses the load option key by key where there is no loader of several', async () => {
    const { node } = makeWorld()
    const load = vi.fn(async (key: number) => key * key)
    const squares = (await node()).cache<number, number>('squares', { load })
    expect([...(await squares.readThroughMany([1, 2])).values()]).toEqual([1, 4])
    expect(load).toHaveBeenCalledTimes(2)
  })
})

describe('many at once', () => {
  test('setMany, getMany and deleteMany agree', async () => {
    const { node } = makeWorld()
    const [a, b] = [(await node()).cache<string, number>('users'), (await node()).cache<string, number>('users')]
    const written = await a.setMany([[1, 'a'], [2, 'b'], [3, 'c']]) // prettier-ignore
    expect([...written]).toEqual([
      [1, 'stored'],
      [2, 'stored'],
      [3, 'stored'],
    ])
    expect([...(await b.getMany([3, 4, 1]))]).toEqual([
      [3, 'c'],
      [1, 'a'],
    ])
    expect(await b.deleteMany([1, 3, 4])).toBe(2)
    expect([...(await a.getMany([1, 2, 3]))]).toEqual([[2, 'b']])
  })

  test('gives each key its own ttl and tags', async () => {
    const { clock, node } = makeWorld()
    const ttls: readonly Duration[] = ['1m', '1h', '1h']
    const loadMany = (keys: readonly number[]): LoadedOne<string>[] =>
      keys.map((key) => cached(`v${key}`, { ttl: ttls[key] as Duration, tags: [`tag:${key}`] }))
    const cache = (await node()).cache<string, number>('c', { loadMany })
    await cache.readThroughMany([0, 1, 2])
    await clock.advance(2 * 60_000)
    await cache.invalidateTags('tag:2')
    expect([...(await cache.getMany([0, 1, 2])).keys()]).toEqual([1])
  })

  test('lets single keys fail: theirs is the error or the stale value, the others are kept', async () => {
    const { clock, errors, node } = makeWorld()
    let fails = false
    const broken = new Error('row 1 is broken')
    const loadMany = (keys: readonly number[]): LoadedOne<string>[] =>
      keys.map((key) => (key === 1 && fails ? failed(broken) : `v${key}`))
    const cache = (await node()).cache<string, number>('c', { ttl: '1m', grace: '1h', loadMany })
    await cache.readThrough(1)
    await clock.advance(2 * 60_000)
    fails = true
    expect([...(await cache.readThroughMany([1, 2], undefined, { timeouts: { soft: '1s' } }))]).toEqual([
      [1, 'v1'],
      [2, 'v2'],
    ])
    expect(errors).toEqual([broken])
    await cache.delete(1)
    await cache.delete(2)
    await expect(cache.readThroughMany([1, 2])).rejects.toBe(broken)
    await expect(cache.readThrough(1)).rejects.toBe(broken)
    expect(await cache.get(2)).toBe('v2')
  })

  test('ignores keys that nobody asked for, and reports them', async () => {
    const { errors, node } = makeWorld()
    const byText = (): Map<number, string> => new Map([['1', 'A'], ['2', 'B']]) as never // prettier-ignore
    const cache = (await node()).cache<string, number>('c', { loadMany: byText })
    expect((await cache.readThroughMany([1, 2])).size).toBe(0)
    expect(await cache.readThrough(1)).toBeUndefined()
    expect(errors.map((error) => (error as Error).message)).toEqual([
      'a loader of several keys answered "1", a string, and 1 more, which nobody asked for; the first key asked for was 1, a number',
      'a loader of several keys answered "1", a string, and 1 more, which nobody asked for; the first key asked for was 1, a number',
    ])
  })

  test('getMany asks the store once', async () => {
    const { node, backend } = makeWorld()
    const users = (await node()).cache<string, number>('users')
    const [get, getMany] = [vi.spyOn(backend.store, 'get'), vi.spyOn(backend.store, 'getMany')]
    await users.getMany(Array.from({ length: 100 }, (_, index) => index))
    expect(get).not.toHaveBeenCalled()
    expect(getMany).toHaveBeenCalledTimes(1)
  })

  test('an empty batch does nothing', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string>('users')
    expect((await users.getMany([])).size).toBe(0)
    expect((await users.readThroughMany([], () => [])).size).toBe(0)
    expect((await users.setMany([])).size).toBe(0)
    expect(await users.deleteMany([])).toBe(0)
  })
})
