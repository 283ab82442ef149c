import { describe, expect, test } from 'vitest'
import { settle, steppedWorld } from './stepped.ts'

/** The shortest ways in which a cache without one of the protocol's guards goes wrong, as the model check found them. */
const KEY = 'k'

describe('a read that overlaps an invalidation', () => {
  test('and started after it had begun is not shared with readers who come after it', async () => {
    const { node } = steppedWorld()
    const a = await node()
    const cache = a.manager.cache<string>('c')
    await cache.set(KEY, 'old')
    a.keepPushes()
    const drop = a.hold('drop')
    const deleting = cache.delete(KEY)
    const get = a.hold('getMany')
    const during = cache.get(KEY)
    await settle()
    await get.execute()
    await drop.reply()
    await deleting
    const after = cache.get(KEY)
    await get.reply()
    expect(await during).toBe('old')
    expect(await after).toBeUndefined()
    expect(cache.peek(KEY)).toBeUndefined()
  })

  test('and started after a set had begun is not shared with readers who come after it', async () => {
    const { node } = steppedWorld()
    const a = await node()
    const cache = a.manager.cache<string>('c')
    await cache.set(KEY, 'old')
    a.keepPushes()
    const drop = a.hold('drop')
    const setting = cache.set(KEY, 'new')
    const get = a.hold('getMany')
    const during = cache.get(KEY)
    await settle()
    await get.execute()
    await drop.reply()
    await setting
    const after = cache.get(KEY)
    await get.reply()
    expect(await during).toBe('old')
    expect(await after).toBe('new')
    expect(cache.peek(KEY)).toBe('new')
  })

  test('does not bring the old value into memory', async () => {
    const { node } = steppedWorld()
    const [a, b] = [await node(), await node()]
    const cache = a.manager.cache<string>('c')
    await cache.set(KEY, 'old')
    const get = a.hold('getMany')
    const read = cache.get(KEY)
    await settle()
    await get.execute()
    await b.manager.cache<string>('c').delete(KEY)
    await get.reply()
    expect(await read).toBe('old')
    expect(cache.peek(KEY)).toBeUndefined()
    expect(await cache.get(KEY)).toBeUndefined()
  })

  test('and was displaced by a fresh read does not bring the old value into memory', async () => {
    const { node } = steppedWorld()
    const a = await node()
    const cache = a.manager.cache<string>('c')
    await cache.set(KEY, 'old')
    const get = a.hold('getMany')
    const displaced = cache.get(KEY)
    await settle()
    await get.execute()
    const other = a.hold('getMany')
    const fresh = cache.get(KEY, { fresh: true })
    await settle()
    await cache.delete(KEY)
    await get.reply()
    await displaced
    expect(cache.peek(KEY)).toBeUndefined()
    await other.reply()
    await fresh
  })

  test('and ends late leaves the read that took its place where invalidations find it', async () => {
    const { node } = steppedWorld()
    const a = await node()
    const cache = a.manager.cache<string>('c')
    const first = a.hold('getMany')
    const early = cache.get(KEY)
    await settle()
    await first.execute()
    await cache.set(KEY, 'old')
    const second = a.hold('getMany')
    const late = cache.get(KEY)
    await settle()
    await second.execute()
    await first.reply()
    expect(await early).toBeUndefined()
    await cache.delete(KEY)
    await second.reply()
    await late
    expect(cache.peek(KEY)).toBeUndefined()
    expect(await cache.get(KEY)).toBeUndefined()
  })

  test('is not joined by a fresh read', async () => {
    const { node } = steppedWorld()
    const [a, b] = [await node(), await node()]
    a.keepPushes()
    const cache = a.manager.cache<string>('c')
    await cache.set(KEY, 'old')
    await a.deliver()
    a.keepPushes()
    const get = a.hold('getMany')
    const slow = cache.get(KEY)
    await settle()
    await get.execute()
    await b.manager.cache<string>('c').delete(KEY)
    const fresh = cache.get(KEY, { fresh: true })
    await settle()
    await get.reply()
    expect(await slow).toBe('old')
    expect(await fresh).toBeUndefined()
  })
})

describe('a mark', () => {
  test('that was fetched before it moved, and arrives after the word of it, is not kept', async () => {
    const { node } = steppedWorld()
    const [a, b] = [await node(), await node()]
    const mine = a.manager.cache<string>('c')
    const theirs = b.manager.cache<string>('c')
    await mine.set(KEY, 'old', { tags: ['t'] })
    const marks = b.hold('marks')
    const during = theirs.get(KEY)
    await settle()
    await marks.execute()
    await mine.invalidateTags('t')
    await marks.reply()
    await during
    expect(await theirs.get(KEY)).toBeUndefined()
  })

  test('that was fetched before an own invalidation is not kept after it', async () => {
    const { node } = steppedWorld()
    const [a, b] = [await node(), await node()]
    const cache = a.manager.cache<string>('c')
    await b.manager.cache<string>('c').set(KEY, 'old', { tags: ['t'] })
    a.keepPushes()
    const marks = a.hold('marks')
    const during = cache.get(KEY)
    await settle()
    await marks.execute()
    await cache.invalidateTags('t')
    await marks.reply()
    await during
    expect(await cache.get(KEY)).toBeUndefined()
  })

  test('that an own invalidation moved is forgotten before the word of it comes back', async () => {
    const { node } = steppedWorld()
    const a = await node()
    const cache = a.manager.cache<string>('c')
    await cache.set(KEY, 'old', { tags: ['t'] })
    await cache.get(KEY)
    expect(cache.peek(KEY)).toBe('old')
    a.keepPushes()
    await cache.invalidateTags('t')
    expect(cache.peek(KEY)).toBeUndefined()
    expect(await cache.get(KEY)).toBeUndefined()
  })

  test('that has been evicted equals nothing', async () => {
    const { node } = steppedWorld()
    const a = await node()
    const cache = a.manager.cache<string>('c')
    await cache.set(KEY, 'old', { tags: ['t'] })
    await cache.invalidateTags('t')
    const marks = a.hold('marks')
    const read = cache.get(KEY)
    await settle()
    await marks.reply({ marks: ['whatever', undefined], head: { id: '0-0', nonce: '' }, unmoved: true })
    expect(await read).toBeUndefined()
    const both = a.hold('marks')
    const again = cache.get(KEY, { fresh: true })
    await settle()
    await both.reply({ marks: [undefined, undefined], head: { id: '0-0', nonce: '' }, unmoved: true })
    expect(await again).toBeUndefined()
  })
})

test('a set reaches the memory of the other nodes', async () => {
  const { node } = steppedWorld()
  const [a, b] = [await node(), await node()]
  const [mine, theirs] = [a.manager.cache<string>('c'), b.manager.cache<string>('c')]
  await mine.set(KEY, 'old')
  await theirs.get(KEY)
  await mine.set(KEY, 'new')
  expect(theirs.peek(KEY)).toBeUndefined()
  expect(await theirs.get(KEY)).toBe('new')
})

test('an invalidation tells the others only when the store has answered', async () => {
  const { node, shared } = steppedWorld()
  const a = await node()
  const cache = a.manager.cache<string>('c')
  await cache.set(KEY, 'old')
  const told: string[] = []
  shared.journal.tail('larder', { record: ({ kind }) => told.push(kind), resync: () => {} })
  const drop = a.hold('drop')
  const deleting = cache.delete(KEY)
  await settle()
  await drop.execute()
  expect(told).toEqual([])
  await drop.reply()
  await deleting
  expect(told).toEqual(['keys'])
})
