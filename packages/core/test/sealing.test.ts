import { createHmac } from 'node:crypto'
import { createCacheManager } from '@larder/core'
import type { Cache, Naming, Opened, Sealer } from '@larder/core'
import { FRAME } from '@larder/core/contracts'
import { beforeEach, describe, expect, test } from 'vitest'
import { makeWorld } from './world.ts'
import type { World } from './world.ts'

/** A sealer that hides nothing: it puts a checksum over value and binding before the value. Its answers come at once, or later. */
function checksum(how: 'at once' | 'later' | 'never' | 'fails' = 'at once'): Sealer {
  const sum = (payload: Uint8Array, binding: Uint8Array): Buffer =>
    createHmac('sha256', 'key').update(binding).update(payload).digest()
  const answer = <A>(make: () => A): A | Promise<A> => {
    if (how === 'fails') throw new Error('no key')
    if (how === 'never') return new Promise(() => {})
    return how === 'later' ? Promise.resolve().then(make) : make()
  }
  return {
    name: 'checksum',
    seal: (payload, binding) => answer(() => Buffer.concat([sum(payload, binding), payload])),
    open: (sealed, binding) =>
      answer((): Opened => {
        const payload = sealed.subarray(32)
        const genuine = sum(payload, binding).equals(sealed.subarray(0, 32))
        return genuine ? { kind: 'opened', payload } : { kind: 'refused', reason: 'unauthentic' }
      }),
  }
}

const KEY = 'larder:{things:k}'
let world: World
let loads = 0
const load = (): string => `value ${++loads}`

beforeEach(() => {
  world = makeWorld()
  loads = 0
})

async function things(sealer: Sealer | undefined, namespace = 'larder'): Promise<Cache<string>> {
  const node = await world.node({ namespace, l1: false, ...(sealer === undefined ? {} : { sealer }) })
  return node.cache('things', { load, tags: ['thing'] })
}

/** Replaces the frame under a key by what `change` makes of it. */
async function change(key: string, change: (frame: Buffer) => Uint8Array): Promise<void> {
  const { store } = world.backend
  const frame = Buffer.from((await store.get(key)) ?? [])
  await store.drop(key, { mode: 'delete' })
  await store.take(key, { token: 'somebody', leaseMs: 1_000 })
  expect(await store.fill(key, { token: 'somebody', frame: change(frame), ttlMs: 60_000 })).toBe(true)
}

describe('the sealer', () => {
  test.each(['at once', 'later'] as const)(
    'seals every value that enters the store, and opens it (answering %s)',
    async (how) => {
      const cache = await things(checksum(how))
      await expect(cache.readThrough('k')).resolves.toBe('value 1')
      await cache.set('m', 'set')
      await expect(cache.getMany(['k', 'm'])).resolves.toEqual(
        new Map([
          ['k', 'value 1'],
          ['m', 'set'],
        ]),
      )
      for (const key of [KEY, 'larder:{things:m}'])
        expect((await world.backend.store.get(key))?.[FRAME.offset.flags]).toBe(FRAME.flag.sealed)
      expect(world.errors).toEqual([])
    },
  )

  const never = (at: number) => (frame: Buffer) => frame.writeDoubleBE(Infinity, at)
  const flip = (at: number) => (frame: Buffer) => frame.writeUInt8((frame[at] as number) ^ 3, at)
  test.each([
    ['id', flip(FRAME.offset.id)],
    ['codec', flip(FRAME.offset.codec)],
    ['compression', flip(FRAME.offset.compression)],
    ['birth', flip(FRAME.offset.birth + 7)],
    ['soft expiry', never(FRAME.offset.softAt)],
    ['hard expiry', never(FRAME.offset.hardAt)],
  ] as const)('an entry whose %s was changed does not open', async (_, edit) => {
    const cache = await things(checksum())
    await cache.readThrough('k')
    await change(KEY, (frame) => {
      edit(frame)
      return frame
    })
    await expect(cache.get('k')).resolves.toBeUndefined()
    expect(cache.stats()).toMatchObject({ decryptionFailures: 1, unreadable: 1 })
    expect(world.errors).toMatchObject([{ code: 'ERR_LARDER_DECRYPTION', key: 'things:k', reason: 'unauthentic' }])
    await expect(cache.readThrough('k')).resolves.toBe('value 2')
  })

  test('an entry that is found under another key of the same cache does not open', async () => {
    const cache = await things(checksum())
    await cache.readThrough('k')
    const frame = Buffer.from((await world.backend.store.get(KEY)) ?? [])
    await cache.readThrough('m')
    await change('larder:{things:m}', () => frame)
    await expect(cache.get('m')).resolves.toBeUndefined()
  })

  test('an entry that is not sealed is a miss', async () => {
    await (await things(undefined)).set('k', 'planted')
    const cache = await things(checksum())
    await expect(cache.readThrough('k')).resolves.toBe('value 1')
    expect(world.errors).toMatchObject([{ reason: 'unsealed' }])
  })

  test('a key that cannot be had, or does not come, costs a load and is reported', async () => {
    await (await things(checksum())).readThrough('k')
    await expect((await things(checksum('fails'))).readThrough('k')).resolves.toBe('value 2')
    expect(world.errors).toMatchObject([{ reason: 'unavailable' }, { code: 'ERR_LARDER_ENCRYPTION' }])
    const hung = (await things(checksum('never'))).readThrough('m')
    await world.clock.advance(1_000)
    await expect(hung).resolves.toBe('value 3')
  })

  test('touch prolongs a sealed value, and keeps its tags', async () => {
    const cache = await things(checksum())
    await cache.readThrough('k')
    await expect(cache.touch('k', '1h')).resolves.toBe(true)
    await world.clock.advance(30 * 60_000)
    await expect(cache.get('k')).resolves.toBe('value 1')
    await cache.invalidateTags('thing')
    await expect(cache.get('k')).resolves.toBeUndefined()
  })

  test('a wrong sealer or naming is refused, naming the option', () => {
    for (const sealer of [null, {}, { name: 'x', seal: () => {} }])
      expect(() => createCacheManager({ sealer: sealer as never })).toThrow(/^sealer must/)
    for (const naming of [null, {}, { keys: () => {} }])
      expect(() => createCacheManager({ naming: naming as never })).toThrow(/^naming must/)
  })
})

/** A naming that anybody can see through. */
const reversed: Naming = {
  name: 'reversed',
  keys: (namespace, cache) => (key) => `~${[...key].reverse().join('')}.${cache}.${namespace}`,
  tags: () => (tag) => `~${[...tag].reverse().join('')}`,
  recognizes: (name) => name.startsWith('~'),
}

describe('the naming', () => {
  async function twoNodes(naming: Naming | undefined = reversed) {
    const options = naming === undefined ? {} : { naming }
    const one = await world.node(options)
    const two = await world.node(options)
    return { one, two, a: one.cache('things', { load }), b: two.cache('things', { load }) }
  }

  test('names what lies in the store, in the journal and in marks', async () => {
    const { a } = await twoNodes()
    await a.set('secret', 'x', { tags: ['hush'] })
    expect(await world.backend.store.get('larder:{things:secret}')).toBeUndefined()
    const frame = Buffer.from((await world.backend.store.get('larder:{things:~terces.things.larder}')) ?? []).toString(
      'latin1',
    )
    expect(frame).toContain('#~hsuh')
    expect(frame).not.toContain('hush')
    const sync = await world.backend.journal?.sync('larder', undefined)
    await a.delete('secret')
    const later = await world.backend.journal?.sync('larder', sync?.head)
    expect(later).toMatchObject({ records: [{ items: ['things:~terces.things.larder'] }] })
  })

  test('every way to invalidate reaches the other nodes', async () => {
    const { a, b, one } = await twoNodes()
    const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['delete', () => a.delete('k')],
      ['expire', () => a.expire('k')],
      ['set', () => a.set('k', 'set', { tags: ['t'] })],
      ['invalidateTags of the cache', () => a.invalidateTags('t')],
      ['publishInvalidation', () => a.publishInvalidation('k')],
      ['clear', () => a.clear()],
      ['addTags', () => a.addTags('k', 'late')],
      ['invalidateTags of the manager', () => one.invalidateTags('late')],
    ]
    for (const [name, step] of steps) {
      const before = await b.readThrough('k', undefined, { tags: ['t'] })
      expect(b.peek('k'), name).toBe(before)
      await step()
      if (name !== 'addTags') expect(await b.readThrough('k', undefined, { tags: ['t'] }), name).not.toBe(before)
    }
    expect(world.errors).toEqual([])
  })

  test('touch, increment, getMany and batches find what they named', async () => {
    const { a, b } = await twoNodes()
    await a.readThroughMany(['k', 'm'])
    await expect(a.touch('k', '2h')).resolves.toBe(true)
    await expect(b.getMany(['k', 'm'])).resolves.toHaveProperty('size', 2)
    await expect(a.deleteMany(['k', 'm', 'n'])).resolves.toBe(2)
  })

  test('subscribers and getEntry see names', async () => {
    const { a, b } = await twoNodes()
    const heard: unknown[] = []
    using _ = b.subscribeInvalidations((invalidation) => heard.push(invalidation))
    await a.set('k', 'x', { tags: ['hush'] })
    await a.invalidateTags('hush')
    expect(heard).toEqual([
      { kind: 'keys', cache: 'things', keys: ['~k.things.larder'], own: false },
      { kind: 'tags', tags: ['~hsuh'], own: false },
    ])
    await a.set('k', 'x', { tags: ['hush'] })
    await expect(a.getEntry('k')).resolves.toMatchObject({ tags: ['~hsuh'] })
  })

  test('a record with names in the clear makes this node forget all it remembers, and is reported', async () => {
    const { b } = await twoNodes()
    const plain = (await world.node({})).cache<string>('things')
    await b.readThrough('k')
    await plain.delete('k')
    expect(b.peek('k')).toBeUndefined()
    expect(world.errors).toMatchObject([{ code: 'ERR_LARDER_FORGED_RECORD' }, { code: 'ERR_LARDER_FORGED_RECORD' }])
    await b.readThrough('k')
    await plain.invalidateTags('t')
    expect(b.peek('k')).toBeUndefined()
  })
})
