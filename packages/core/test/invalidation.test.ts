import { describe, expect, test, vi } from 'vitest'
import { heldLoader, makeWorld } from './world.ts'

describe('an invalidation is never undone', () => {
  test('by a load that was running when the key was deleted', async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<string>('users')
    const held = heldLoader<string>()
    const before = users.readThrough('1', held.load)
    await clock.advance(0)
    await users.delete('1')
    const after = users.readThrough('1', () => 'new')
    await clock.advance(100)
    expect(await after).toBe('new')
    held.answer('old')
    expect(await before).toBe('old')
    expect(await users.get('1')).toBe('new')
    expect(users.peek('1')).toBe('new')
  })

  test('by a load that was running on another node', async () => {
    const { node, clock } = makeWorld()
    const [a, b] = [(await node()).cache<string>('users'), (await node()).cache<string>('users')]
    const held = heldLoader<string>()
    const before = a.readThrough('1', held.load)
    await clock.advance(0)
    await b.delete('1')
    held.answer('old')
    expect(await before).toBe('old')
    expect(await a.get('1')).toBeUndefined()
    expect(await b.get('1')).toBeUndefined()
    expect(a.stats().refusedFills).toBe(1)
  })

  test('by a load that was running when one of its tags was invalidated', async () => {
    const { node, clock } = makeWorld()
    const caches = await node()
    const users = caches.cache<string>('users', { tags: ['people'] })
    const held = heldLoader<string>()
    const before = users.readThrough('1', held.load)
    await clock.advance(0)
    await caches.invalidateTags('people')
    held.answer('old')
    await before
    expect(await users.get('1')).toBeUndefined()
  })

  test('by a load whose tag is known only from the loaded value', async () => {
    const { node, clock } = makeWorld()
    const [a, b] = [await node(), await node()]
    const users = a.cache<{ org: number }>('users', { tags: (user) => [`org:${user.org}`] })
    const held = heldLoader<{ org: number }>()
    const before = users.readThrough('1', held.load)
    await clock.advance(0)
    await b.invalidateTags('org:7')
    held.answer({ org: 7 })
    expect(await before).toEqual({ org: 7 })
    expect(await users.get('1')).toBeUndefined()
    const again = vi.fn(() => ({ org: 7 }))
    await users.readThrough('1', again)
    expect(await users.readThrough('1', again)).toEqual({ org: 7 })
    expect(again).toHaveBeenCalledTimes(1)
  })

  test('by a load that was running when the cache was cleared', async () => {
    const { node, clock } = makeWorld()
    const [a, b] = [(await node()).cache<string>('users'), (await node()).cache<string>('users')]
    const held = heldLoader<string>()
    const before = a.readThrough('1', held.load)
    await clock.advance(0)
    await b.clear()
    held.answer('old')
    await before
    expect(await a.get('1')).toBeUndefined()
  })

  test('by a load that was running when a new value was set', async () => {
    const { node, clock } = makeWorld()
    const [a, b] = [(await node()).cache<string>('users'), (await node()).cache<string>('users')]
    const held = heldLoader<string>()
    const before = a.readThrough('1', held.load)
    await clock.advance(0)
    expect(await b.set('1', 'new')).toBe('stored')
    held.answer('old')
    await before
    expect(await a.get('1')).toBe('new')
    expect(await b.get('1')).toBe('new')
  })
})

describe('an invalidation reaches', () => {
  test('the memory of every node, by key', async () => {
    const { node } = makeWorld()
    const [a, b] = [(await node()).cache<string>('users'), (await node()).cache<string>('users')]
    await a.readThrough('1', () => 'old')
    await b.get('1')
    expect([a.peek('1'), b.peek('1')]).toEqual(['old', 'old'])
    expect(await a.delete('1')).toBe(true)
    expect([a.peek('1'), b.peek('1')]).toEqual([undefined, undefined])
    expect(await a.delete('1')).toBe(false)
  })

  test('every cache of the namespace, by tag', async () => {
    const { node } = makeWorld()
    const [a, b] = [await node(), await node()]
    const users = a.cache<string>('users')
    const orders = b.cache<string>('orders')
    await users.set('1', 'u', { tags: ['org:1'] })
    await orders.set('9', 'o', { tags: ['org:1', 'open'] })
    await orders.set('8', 'p', { tags: ['org:2'] })
    expect(await users.get('1')).toBe('u')
    await users.invalidateTags('org:1')
    expect(await users.get('1')).toBeUndefined()
    expect(await orders.get('9')).toBeUndefined()
    expect(await orders.get('8')).toBe('p')
  })

  test('only its own cache, by clear', async () => {
    const { node } = makeWorld()
    const caches = await node()
    const [users, orders] = [caches.cache<string>('users'), caches.cache<string>('orders')]
    await users.set('1', 'u')
    await orders.set('1', 'o')
    await users.clear()
    expect(await users.get('1')).toBeUndefined()
    expect(await orders.get('1')).toBe('o')
  })

  test('nobody in another namespace', async () => {
    const { node } = makeWorld()
    const here = (await node({ namespace: 'a' })).cache<string>('users')
    const there = (await node({ namespace: 'b' })).cache<string>('users')
    await here.set('1', 'x')
    await there.set('1', 'y')
    await here.clear()
    await here.delete('1')
    expect(await there.get('1')).toBe('y')
  })

  test('subscribers on every node', async () => {
    const { node } = makeWorld()
    const [a, b] = [await node(), await node()]
    const heard: unknown[] = []
    const subscription = b.cache<string>('users').subscribeInvalidations((invalidation) => heard.push(invalidation))
    await a.cache<string>('users').publishInvalidation('1', '2')
    await a.cache<string>('orders').delete('3')
    await a.invalidateTags('t')
    await a.cache<string>('users').clear()
    subscription.close()
    await a.cache<string>('users').delete('4')
    expect(heard).toEqual([
      { kind: 'keys', cache: 'users', keys: ['1', '2'], own: false },
      { kind: 'tags', tags: ['t'], own: false },
      { kind: 'cache', cache: 'users', own: false },
    ])
  })

  test('the other subscribers even if one throws', async () => {
    const { node, errors } = makeWorld()
    const caches = await node()
    const users = caches.cache<string>('users')
    const heard = vi.fn()
    users.subscribeInvalidations(() => {
      throw new Error('handler')
    })
    users.subscribeInvalidations(heard)
    await users.delete('1')
    expect(heard).toHaveBeenCalledTimes(1)
    expect(errors).toEqual([new Error('handler')])
  })
})

describe('expire', () => {
  test('hides a value, unless stale values are allowed after an invalidation', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string>('users', { grace: '1h' })
    await users.set('1', 'old')
    expect(await users.expire('1')).toBe(true)
    expect(await users.get('1')).toBeUndefined()
    const entry = await users.getEntry('1', { staleAfterInvalidation: true })
    expect(entry).toMatchObject({ value: 'old', state: 'stale', reason: 'invalidated' })
    const failing = (): string => {
      throw new Error('source is down')
    }
    expect(await users.readThrough('1', failing, { staleAfterInvalidation: true })).toBe('old')
    await expect(users.readThrough('1', failing)).rejects.toThrow('source is down')
  })

  test('is not undone by touch', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string>('users', { grace: '1h' })
    await users.set('1', 'old')
    await users.expire('1')
    expect(await users.touch('1', '1h')).toBe(false)
    expect(await users.get('1')).toBeUndefined()
  })
})

describe('a versioned write', () => {
  test('never replaces a newer one', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string>('users')
    expect(await users.set('1', 'v2', { version: 2 })).toBe('stored')
    expect(await users.set('1', 'v1', { version: 1 })).toBe('superseded')
    expect(await users.get('1')).toBe('v2')
    await users.delete('1')
    expect(await users.set('1', 'v1', { version: 1 })).toBe('superseded')
    expect(await users.get('1')).toBeUndefined()
    expect(await users.set('1', 'v3', { version: 3 })).toBe('stored')
    expect(await users.get('1')).toBe('v3')
  })
})
