import { describe, expect, test, vi } from 'vitest'
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
