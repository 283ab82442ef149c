import { describe, expect, test } from 'vitest'
import { heldLoader, makeWorld } from './world.ts'

describe('increment', () => {
  test('counts from 0, up and down', async () => {
    const { node } = makeWorld()
    const hits = (await node()).cache<number>('hits')
    expect(await hits.increment('a')).toBe(1)
    expect(await hits.increment('a', 5)).toBe(6)
    expect(await hits.decrement('a', 2)).toBe(4)
    expect(await hits.get('a')).toBe(4)
  })

  test('loses no step of several nodes, on a missing key as on one that is there', async () => {
    const { node, clock } = makeWorld()
    const [a, b] = [(await node()).cache<number>('hits'), (await node()).cache<number>('hits')]
    const steps = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? a : b).increment('a'))
    await clock.advance(10_000)
    const results = await Promise.all(steps)
    expect(new Set(results).size).toBe(60)
    expect(Math.max(...results)).toBe(60)
    expect(await a.get('a')).toBe(60)
  })

  test('is not undone by a load that ran meanwhile', async () => {
    const { node, clock } = makeWorld()
    const hits = (await node()).cache<number>('hits', { ttl: '1s', grace: '1h' })
    await hits.set('a', 10)
    await clock.advance(1_000)
    const held = heldLoader<number>()
    expect(await hits.readThrough('a', held.load)).toBe(10)
    await clock.advance(0)
    expect(held.calls()).toBe(1)
    expect(await hits.increment('a')).toBe(11)
    held.answer(10)
    await clock.advance(0)
    expect((await hits.getEntry('a'))?.value).toBe(11)
  })

  test('reaches the other nodes at once', async () => {
    const { node } = makeWorld()
    const [a, b] = [(await node()).cache<number>('hits'), (await node()).cache<number>('hits')]
    await a.increment('a')
    expect(await b.get('a')).toBe(1)
    await a.increment('a')
    expect(await b.get('a')).toBe(2)
  })

  test('starts anew after an invalidation', async () => {
    const { node } = makeWorld()
    const hits = (await node()).cache<number>('hits')
    await hits.increment('a', 5)
    await hits.clear()
    expect(await hits.increment('a')).toBe(1)
  })

  test('refuses what is not a number', async () => {
    const { node } = makeWorld()
    const words = (await node()).cache<unknown>('words')
    await words.set('a', 'text')
    await expect((words as never as { increment(key: string): Promise<number> }).increment('a')).rejects.toThrow(
      TypeError,
    )
  })
})

describe('touch', () => {
  test('gives a value a new ttl, counted from now', async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<string>('users', { ttl: '10s' })
    await users.set('1', 'Ada')
    await users.get('1')
    await clock.advance(9_000)
    expect(await users.touch('1', '10s')).toBe(true)
    await clock.advance(9_000)
    expect(await users.get('1')).toBe('Ada')
    await clock.advance(1_000)
    expect(await users.get('1')).toBeUndefined()
    expect(await users.touch('1', '10s')).toBe(false)
  })
})

test('touch does not make a stale value fresh again', async () => {
  const { node, clock } = makeWorld()
  const users = (await node()).cache<string>('users', { ttl: '10s', grace: '1h' })
  await users.set('1', 'Ada')
  await clock.advance(10_000)
  expect(await users.touch('1', '1h')).toBe(false)
  expect((await users.getEntry('1'))?.state).toBe('stale')
})

describe('addTags', () => {
  test('puts the present value under one more tag, on every node', async () => {
    const { node } = makeWorld()
    const [a, b] = [(await node()).cache<string>('users'), (await node()).cache<string>('users')]
    await a.set('1', 'Ada', { tags: ['first'] })
    await b.get('1')
    expect(await a.addTags('1', 'second', 'first')).toBe(true)
    expect((await b.getEntry('1'))?.tags).toEqual(['first', 'second'])
    await a.invalidateTags('second')
    expect(await b.get('1')).toBeUndefined()
    expect(await a.addTags('2', 'x')).toBe(false)
  })
})
