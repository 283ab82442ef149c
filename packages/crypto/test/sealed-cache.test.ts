import type { Cache, CacheManager, CompressOptions } from '@larder/core'
import { FRAME } from '@larder/core/contracts'
import { beforeEach, describe, expect, test } from 'vitest'
import { aesGcm, createKeyRing } from '../src/index.ts'
import { testKey } from './keys.ts'
import { testProvider } from './test-provider.ts'
import { makeWorld } from './world.ts'
import type { World } from './world.ts'

interface User {
  readonly name: string
}

const KEY = 'shop:{users:1}'
const sealer = aesGcm({ keyRing: createKeyRing({ primary: 'a', keys: { a: testKey('a') } }) })

let world: World
let node: CacheManager
let users: Cache<User>
let loads: number

const load = (): User => ({ name: `canary ${++loads}` })

beforeEach(async () => {
  world = makeWorld()
  node = await world.node({ sealer, defaults: { ttl: '1h', grace: '1h' } })
  users = node.cache('users', { load })
  loads = 0
})

/** Plants a changed frame and reads it: the value must be loaded, and the reason reported. */
async function expectMiss(frame: Uint8Array, reason: string): Promise<void> {
  world.errors.length = 0
  const before = { loads, failures: users.stats().decryptionFailures }
  await world.plant(KEY, frame)
  await expect(users.get('1')).resolves.toBeUndefined()
  await expect(users.readThrough('1')).resolves.toEqual({ name: `canary ${before.loads + 1}` })
  expect(world.reasons()).toEqual([reason, reason])
  expect(users.stats().decryptionFailures).toBe(before.failures + 2)
  expect(world.errors[0]).toMatchObject({ code: 'ERR_LARDER_DECRYPTION', key: 'users:1' })
}

describe('a cache with a sealer', () => {
  test('keeps values that nobody can read in the store', async () => {
    await expect(users.readThrough('1')).resolves.toEqual({ name: 'canary 1' })
    await users.set('2', { name: 'canary 2' })
    expect((await world.frame(KEY)).includes('canary')).toBe(false)
    expect((await world.frame('shop:{users:2}')).includes('canary')).toBe(false)
    await expect(users.get('1')).resolves.toEqual({ name: 'canary 1' })
    await expect(users.get('2')).resolves.toEqual({ name: 'canary 2' })
    const other = (await world.node({ sealer })).cache<User>('users')
    await expect(other.getMany(['1', '2'])).resolves.toHaveProperty('size', 2)
    expect(loads).toBe(1)
    expect(world.errors).toEqual([])
  })

  test('checklist, crypto: values are compressed before they are sealed, and only where that is asked for', async () => {
    const name = 'a name that repeats itself '.repeat(200)
    const cache = (compress: 'gzip' | CompressOptions, own: string) =>
      node.cache<User>(own, { load: () => ({ name }), compress })
    const plain = cache('gzip', 'plain')
    await plain.readThrough('1')
    expect((await world.frame('shop:{plain:1}')).length).toBeGreaterThan(name.length)
    const small = cache({ algorithm: 'gzip', withEncryption: true }, 'small')
    await small.readThrough('1')
    const frame = await world.frame('shop:{small:1}')
    expect(frame.length).toBeLessThan(500)
    expect(frame[FRAME.offset.compression]).toBe(1)
    await expect(small.get('1', { fresh: true })).resolves.toEqual({ name })
    // What a seal covers: whoever changes how a value is to be read has changed the value.
    for (const id of [0, 2, 4, 99]) {
      frame[FRAME.offset.compression] = id
      world.errors.length = 0
      await world.plant('shop:{small:1}', frame)
      await expect(small.get('1', { fresh: true })).resolves.toBeUndefined()
      expect(world.reasons()).toEqual(['unauthentic'])
    }
  })

  test('checklist, crypto: a frame with any bit flipped is a miss; one that only a store may set makes it expired', async () => {
    const value = await users.readThrough('1')
    const genuine = await world.frame(KEY)
    const unopened = new Set<number>()
    for (let bit = 0; bit < genuine.length * 8; bit++) {
      const frame = Buffer.from(genuine)
      frame[bit >> 3] = (frame[bit >> 3] as number) ^ (1 << (bit & 7))
      world.show(KEY, frame)
      world.errors.length = 0
      const found = await users.get('1')
      expect(found === undefined ? 'a miss' : `bit ${bit} gave a value`).toBe('a miss')
      if (world.errors.length === 1) unopened.add(bit)
    }
    // Of the others the head is no frame's, or says expired or invalidated: they are judged before anything is opened.
    for (let bit = endOfMarks(genuine) * 8; bit < genuine.length * 8; bit++) expect(unopened).toContain(bit)
    expect(unopened).not.toContain(FRAME.offset.flags * 8)
    world.show(KEY, genuine)
    await expect(users.get('1')).resolves.toEqual(value)
  })

  test('checklist, crypto: a frame cut off anywhere is a miss', async () => {
    await users.readThrough('1')
    const genuine = await world.frame(KEY)
    for (let length = 0; length < genuine.length; length++) {
      world.show(KEY, genuine.subarray(0, length))
      await expect(users.get('1')).resolves.toBeUndefined()
    }
  })

  test('checklist, crypto: a value copied to another key, cache or namespace does not open', async () => {
    await users.readThrough('1')
    const genuine = await world.frame(KEY)
    await world.plant('shop:{users:2}', genuine)
    await expect(users.get('2')).resolves.toBeUndefined()
    // Caches differ in their marks, too: the test gives the entry those of the other cache.
    const orders = node.cache<User>('orders')
    await orders.set('1', { name: 'order' })
    await world.plant('shop:{orders:1}', withMarksOf(genuine, await world.frame('shop:{orders:1}')))
    await expect(orders.get('1')).resolves.toBeUndefined()
    const elsewhere = (await world.node({ namespace: 'shop2', sealer })).cache<User>('users')
    await elsewhere.set('1', { name: 'elsewhere' })
    await world.plant('shop2:{users:1}', withMarksOf(genuine, await world.frame('shop2:{users:1}')))
    await expect(elsewhere.get('1')).resolves.toBeUndefined()
    expect(world.reasons()).toEqual(['unauthentic', 'unauthentic', 'unauthentic'])
  })

  test('checklist, crypto: a value that lies in the clear is a miss where a sealer is set', async () => {
    const plain = (await world.node({})).cache<User>('users')
    await plain.set('1', { name: 'planted' })
    await expectMiss(await world.frame(KEY), 'unsealed')
  })

  test('a sealed value is a miss where no sealer is set', async () => {
    await users.readThrough('1')
    const plain = (await world.node({})).cache<User>('users')
    await expect(plain.get('1')).resolves.toBeUndefined()
    expect(world.reasons()).toEqual(['sealed'])
  })

  test('checklist, crypto: an unknown key id is a miss, and reported', async () => {
    const other = aesGcm({ keyRing: createKeyRing({ primary: 'b', keys: { b: testKey('b') } }) })
    await (await world.node({ sealer: other })).cache<User>('users').set('1', { name: 'of another ring' })
    await expectMiss(await world.frame(KEY), 'unknown-key')
  })

  test('an attacker cannot prolong a value', async () => {
    await users.readThrough('1')
    const frame = await world.frame(KEY)
    frame.writeDoubleBE(Infinity, FRAME.offset.softAt)
    frame.writeDoubleBE(Infinity, FRAME.offset.hardAt)
    await expectMiss(frame, 'unauthentic')
  })

  test('an attacker cannot undo an invalidation by giving an old value the present marks', async () => {
    await users.readThrough('1')
    const old = await world.frame(KEY)
    await users.clear()
    await users.readThrough('1')
    await expectMiss(withMarksOf(old, await world.frame(KEY)), 'unauthentic')
  })

  test('an attacker cannot give a value a version, a codec or a compression that it does not have', async () => {
    await users.readThrough('1')
    const genuine = await world.frame(KEY)
    for (const [offset, byte] of [
      [FRAME.offset.codec, 2],
      [FRAME.offset.compression, 1],
      [FRAME.offset.id, 0x41],
      [FRAME.offset.birth + 7, 1],
    ] as const) {
      const frame = Buffer.from(genuine)
      frame[offset] = byte
      await expectMiss(frame, 'unauthentic')
    }
    const versioned = Buffer.from(genuine)
    versioned[FRAME.offset.flags] = FRAME.flag.sealed | FRAME.flag.versioned
    versioned.writeDoubleBE(1_000, FRAME.offset.version)
    await expectMiss(versioned, 'unauthentic')
  })

  test('touch, addTags, increment and expire work on sealed values', async () => {
    await users.readThrough('1')
    await world.clock.advance(30 * 60_000)
    await expect(users.touch('1', '1h')).resolves.toBe(true)
    await world.clock.advance(45 * 60_000)
    await expect(users.getEntry('1')).resolves.toMatchObject({ state: 'fresh', value: { name: 'canary 1' } })
    await expect(users.addTags('1', 'vip')).resolves.toBe(true)
    await expect(users.getEntry('1')).resolves.toMatchObject({ tags: ['vip'], value: { name: 'canary 1' } })
    await users.invalidateTags('vip')
    await expect(users.get('1')).resolves.toBeUndefined()
    const counts = node.cache<number>('counts')
    await counts.increment('visits')
    await expect(counts.increment('visits', 4)).resolves.toBe(5)
    expect((await world.frame('shop:{counts:visits}'))[FRAME.offset.flags]).toBe(FRAME.flag.sealed)
    await users.readThrough('2')
    await users.expire('2')
    await expect(users.get('2')).resolves.toBeUndefined()
    const stale = await users.getEntry('2', { staleAfterInvalidation: true })
    expect(stale).toMatchObject({ state: 'stale', reason: 'invalidated', value: { name: 'canary 2' } })
    expect(world.errors).toEqual([])
  })

  test('touch tells nobody, and does not revive what was deleted', async () => {
    const heard: unknown[] = []
    await users.readThrough('1')
    using _ = users.subscribeInvalidations((invalidation) => heard.push(invalidation))
    await users.touch('1', '2h')
    expect(heard).toEqual([])
    await users.delete('1')
    await expect(users.touch('1', '2h')).resolves.toBe(false)
  })

  test('hits in this process open nothing', async () => {
    const near = (await world.node({ sealer, l1: {} })).cache<User>('users', { load })
    await near.readThrough('1')
    await world.plant(KEY, Buffer.from('spoiled'))
    await expect(near.readThrough('1')).resolves.toEqual({ name: 'canary 1' })
    expect(near.stats().l1Hits).toBe(1)
  })
})

describe('a cache whose keys come from a provider', () => {
  async function withProvider() {
    const provider = testProvider()
    const keyRing = createKeyRing({ primary: 'kms', keys: { kms: { provider } }, clock: world.clock })
    const manager = await world.node({ sealer: aesGcm({ keyRing }), defaults: { timeouts: { store: '1s' } } })
    return { provider, cache: manager.cache<User>('users', { load }) }
  }

  test('waits for a data key, once', async () => {
    const { provider, cache } = await withProvider()
    await expect(cache.readThrough('1')).resolves.toEqual({ name: 'canary 1' })
    await expect(cache.get('1')).resolves.toEqual({ name: 'canary 1' })
    const other = await withProvider()
    await expect(other.cache.get('1')).resolves.toBeUndefined()
    expect(world.reasons()).toEqual(['unavailable'])
    expect(provider.made).toBe(1)
  })

  test('a provider that is away costs loads, not errors; a write is rejected', async () => {
    const { provider, cache } = await withProvider()
    provider.mode = 'fail'
    await expect(cache.readThrough('1')).resolves.toEqual({ name: 'canary 1' })
    expect(world.errors[0]).toMatchObject({ code: 'ERR_LARDER_ENCRYPTION', key: 'users:1' })
    await expect(cache.set('1', { name: 'new' })).rejects.toMatchObject({ code: 'ERR_LARDER_ENCRYPTION' })
    await expect(cache.get('1')).resolves.toBeUndefined()
    provider.mode = 'up'
    await world.clock.advance(1_000)
    await cache.set('1', { name: 'new' })
    await expect(cache.get('1')).resolves.toEqual({ name: 'new' })
  })

  test('a provider that hangs never hangs a caller', async () => {
    const { provider, cache } = await withProvider()
    provider.mode = 'hang'
    const read = cache.readThrough('1')
    const write = expect(cache.set('2', { name: 'new' })).rejects.toMatchObject({ code: 'ERR_LARDER_ENCRYPTION' })
    await world.clock.advance(1_000)
    await expect(read).resolves.toEqual({ name: 'canary 1' })
    await write
  })
})

/** The frame with the mark section of another. */
function withMarksOf(frame: Buffer, other: Buffer): Buffer {
  const head = Buffer.from(frame.subarray(0, FRAME.offset.marks))
  other.copy(head, FRAME.offset.markCount, FRAME.offset.markCount, FRAME.offset.marks)
  return Buffer.concat([head, other.subarray(FRAME.offset.marks, endOfMarks(other)), frame.subarray(endOfMarks(frame))])
}

function endOfMarks(frame: Buffer): number {
  let at: number = FRAME.offset.marks
  for (let left = frame.readUInt16BE(FRAME.offset.markCount); left > 0; left--)
    at += 3 + frame.readUInt16BE(at) + (frame[at + 2] as number)
  return at
}
