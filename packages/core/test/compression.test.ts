import { setTimeout as pause } from 'node:timers/promises'
import { brotli, gzip, jsonCodec, zstd } from '@larder/core'
import type { Cache, CacheOptions, Compression, CompressOptions, Compressor, Sealer } from '@larder/core'
import { FRAME } from '@larder/core/contracts'
import { lz4 } from '@larder/core/lz4'
import { beforeEach, describe, expect, test } from 'vitest'
import { makeWorld } from './world.ts'
import type { World } from './world.ts'

type Compress = Compression | CompressOptions | false

const KEY = 'larder:{things:k}'
const hasZstd = 'zstd' in process.versions
const text = 'a value that repeats itself, '.repeat(100)
/** A sealer that changes nothing, and is noticed all the same. */
const sealer: Sealer = { name: 'wax', seal: (bytes) => bytes, open: (payload) => ({ kind: 'opened', payload }) }

let world: World

beforeEach(() => {
  world = makeWorld()
})

async function things(compress?: Compress, more: CacheOptions<unknown> & { readonly sealed?: boolean } = {}) {
  const { sealed = false, ...options } = more
  const node = await world.node({ l1: false, ...(sealed ? { sealer } : {}) })
  return node.cache<unknown>('things', {
    load: () => 'loaded',
    ...(compress === undefined ? {} : { compress }),
    ...options,
  })
}

async function stored(key = KEY): Promise<Buffer> {
  return Buffer.from((await world.backend.store.get(key)) ?? [])
}

/** The id of the compression of what lies in the store. */
async function compression(key = KEY): Promise<number | undefined> {
  return (await stored(key))[FRAME.offset.compression]
}

/** Puts other bytes in the place of a stored payload. */
async function plant(change: (payload: Buffer) => Uint8Array, id?: number): Promise<void> {
  const frame = await stored()
  const marks = frame.readUInt16BE(FRAME.offset.markCount)
  let at: number = FRAME.offset.marks
  for (let i = 0; i < marks; i++) at += 3 + frame.readUInt16BE(at) + (frame[at + 2] as number)
  if (id !== undefined) frame[FRAME.offset.compression] = id
  const { store } = world.backend
  await store.drop(KEY, { mode: 'delete' })
  await store.take(KEY, { token: 'somebody', leaseMs: 1_000 })
  const planted = Buffer.concat([frame.subarray(0, at), change(frame.subarray(at))])
  expect(await store.fill(KEY, { token: 'somebody', frame: planted, ttlMs: 60_000 })).toBe(true)
}

/** Waits, in real time, for work on other threads while the clock stands. */
async function worked<R>(work: Promise<R>): Promise<R> {
  return Promise.race([work, pause(10_000, undefined, { ref: false }).then(() => expect.unreachable('too late'))])
}

describe('a compressed value', () => {
  type Algorithm = readonly [string, () => Compression, number]
  const newer: readonly Algorithm[] = [
    ['zstd', () => 'zstd', 3],
    ['zstd, smaller', () => zstd({ level: 9 }), 3],
  ]
  const algorithms: readonly Algorithm[] = [
    ['gzip', () => 'gzip', 1],
    ['gzip, smallest', () => gzip({ level: 9 }), 1],
    ['brotli', () => 'brotli', 2],
    ['brotli, fastest', () => brotli({ level: 0 }), 2],
    ...(hasZstd ? newer : []),
    ['lz4', () => lz4(), 4],
  ]

  test.each(algorithms)('by %s is small in the store, and whole for its readers', async (_name, algorithm, id) => {
    const cache = await things(algorithm())
    await cache.set('k', text)
    expect(await compression()).toBe(id)
    expect((await stored()).length).toBeLessThan(400)
    await expect(cache.get('k')).resolves.toBe(text)
    expect(cache.stats()).toMatchObject({ unreadable: 0, l2Hits: 1 })
    expect(world.errors).toEqual([])
  })

  test.each(algorithms)('by %s may be large', async (_name, algorithm, id) => {
    const rows = Array.from({ length: 10_000 }, (_, at) => ({ at, name: `row ${at}` }))
    const cache = await things(algorithm())
    await worked(cache.set('k', rows))
    expect(await compression()).toBe(id)
    await expect(worked(cache.get('k'))).resolves.toEqual(rows)
    await expect(worked(cache.getMany(['k', 'm']))).resolves.toEqual(new Map([['k', rows]]))
  })

  test('is loaded, compressed and read back, from this process’ memory as from the store', async () => {
    const node = await world.node()
    const cache = node.cache<string>('things', { load: () => text, compress: 'gzip' })
    await expect(cache.readThrough('k')).resolves.toBe(text)
    expect(await compression()).toBe(1)
    await expect(cache.readThrough('k')).resolves.toBe(text)
    const other = (await world.node()).cache<string>('things', {})
    await expect(other.get('k')).resolves.toBe(text)
    await expect(other.get('k')).resolves.toBe(text)
    expect(other.stats()).toMatchObject({ l1Hits: 1, l2Hits: 1 })
  })

  test('is read by a cache that compresses nothing, or otherwise', async () => {
    await (await things('gzip')).set('k', text)
    await expect((await things()).get('k')).resolves.toBe(text)
    await expect((await things('brotli')).get('k')).resolves.toBe(text)
  })

  test('can be touched, counted up and given tags', async () => {
    const cache = await things('gzip', { ttl: '1m' })
    await cache.set('k', text)
    await expect(cache.touch('k', '1h')).resolves.toBe(true)
    await expect(cache.addTags('k', 'late')).resolves.toBe(true)
    await world.clock.advance(120_000)
    await expect(cache.get('k')).resolves.toBe(text)
    expect(await compression()).toBe(1)
    await cache.invalidateTags('late')
    await expect(cache.get('k')).resolves.toBeUndefined()
    const counter = (await world.node()).cache<number>('counters', { compress: { algorithm: 'gzip', minBytes: 1 } })
    await counter.increment('n', 2)
    await expect(counter.increment('n', 3)).resolves.toBe(5)
  })

  test('is said by the cache, the manager or the call, the nearest one first', async () => {
    const node = await world.node({ l1: false, defaults: { compress: 'gzip' } })
    await node.cache<string>('a').set('k', text)
    await node.cache<string>('b', { compress: 'brotli' }).set('k', text)
    await node.cache<string>('c', { compress: false }).set('k', text)
    await node.cache<string>('d', { compress: 'brotli' }).set('k', text, { compress: false })
    const found = await Promise.all(['a', 'b', 'c', 'd'].map((name) => compression(`larder:{${name}:k}`)))
    expect(found).toEqual([1, 2, 0, 0])
  })
})

describe('a value is stored as it is', () => {
  test('unless asked for', async () => {
    await (await things()).set('k', text)
    expect(await compression()).toBe(0)
  })

  test('below minBytes', async () => {
    const bytes = jsonCodec.encode(text).length
    const least = await things({ algorithm: 'gzip', minBytes: bytes }, { codec: 'json' })
    await least.set('k', text)
    expect(await compression()).toBe(1)
    const more = await things({ algorithm: 'gzip', minBytes: bytes + 1 }, { codec: 'json' })
    await more.set('k', text)
    expect(await compression()).toBe(0)
  })

  test('if it would not get smaller', async () => {
    const cache = await things({ algorithm: 'gzip', minBytes: 1 })
    await cache.set('k', 'abc')
    expect(await compression()).toBe(0)
    await expect(cache.get('k')).resolves.toBe('abc')
  })

  test('where a sealer encrypts, unless withEncryption says otherwise', async () => {
    await (await things('gzip', { sealed: true })).set('k', text)
    expect(await compression()).toBe(0)
    const allowed = await things({ algorithm: 'gzip', withEncryption: true }, { sealed: true })
    await allowed.set('k', text)
    expect(await compression()).toBe(1)
    await expect((await things(undefined, { sealed: true })).get('k')).resolves.toBe(text)
  })

  test('if the compressor fails, which is reported, or never answers', async () => {
    const failing = (compress: Compressor['compress']): Compressor => ({ ...gzip(), id: 99, compress })
    const fails: readonly Compressor['compress'][] = [
      () => {
        throw new Error('broken')
      },
      () => Promise.reject(new Error('broken')),
    ]
    for (const [index, compress] of fails.entries()) {
      const cache = await things(failing(compress))
      await cache.set('k', `${index} ${text}`)
      expect(await compression()).toBe(0)
      await expect(cache.get('k')).resolves.toBe(`${index} ${text}`)
    }
    expect(world.errors).toMatchObject([{ message: 'broken' }, { message: 'broken' }])
    const written = (await things(failing(() => new Promise(() => {})))).set('k', text)
    await world.clock.advance(1_000)
    await written
    expect(await compression()).toBe(0)
  })

  test('while it waits for its writer, which any process may bring it to', async () => {
    const node = await world.node({ l1: false })
    const written: string[] = []
    const cache = node.cache<string>('things', {
      compress: 'gzip',
      write: async (items) => void written.push(...items.map(({ value }) => value)),
    })
    const frames: number[] = []
    const { queue } = world.backend
    const enqueue = queue?.enqueue.bind(queue)
    Object.assign(queue ?? {}, {
      enqueue: (name: never, write: { frame: Uint8Array }) => {
        frames.push(write.frame[FRAME.offset.compression] as number)
        return enqueue?.(name, write as never)
      },
    })
    await cache.writeBehind('k', text)
    await expect(cache.get('k')).resolves.toBe(text)
    await world.clock.advance(10_000)
    expect(written).toEqual([text])
    expect(frames).toEqual([0])
  })
})

describe('a miss, and an event, but no error, is a value', () => {
  async function misses(cache: Cache<unknown>, reason: string): Promise<void> {
    const heard: unknown[] = []
    using _ = cache.on('unreadable', ({ error }) => heard.push(error))
    await expect(worked(cache.get('k'))).resolves.toBeUndefined()
    expect(heard).toMatchObject([{ code: 'ERR_LARDER_DECOMPRESSION', key: 'things:k', reason }])
    expect(cache.stats()).toMatchObject({ unreadable: 1, storeErrors: 0, misses: 1 })
    // And it can be replaced.
    await expect(worked(cache.readThrough('k'))).resolves.toBe('loaded')
    await expect(cache.get('k')).resolves.toBe('loaded')
  }

  test('of an algorithm that this process does not have', async () => {
    const cache = await things('gzip')
    await cache.set('k', text)
    await plant((payload) => payload, 200)
    await misses(cache, 'unknown')
  })

  test('that was cut short, or damaged', async () => {
    const cache = await things('gzip')
    for (const change of [
      (payload: Buffer) => payload.subarray(0, -1),
      (payload: Buffer) => payload.subarray(0, 5),
      (payload: Buffer) => payload.subarray(0, 0),
      (payload: Buffer) => payload.fill(7, 20, 30),
    ]) {
      const own = await things('gzip')
      await cache.set('k', text)
      await plant(change)
      await misses(own, 'malformed')
    }
  })

  test('that was damaged, where the algorithm itself would not notice', async () => {
    const cache = await things(lz4())
    await cache.set('k', text)
    await plant((payload) => {
      const at = payload.indexOf('repeats')
      payload.write('deletes', at)
      return payload
    })
    await misses(cache, 'malformed')
  })

  test('that says, or turns out, to be a bomb', async () => {
    const bomb = gzip({ level: 9 }).compress(Buffer.alloc(60_000)) as Uint8Array
    for (const [claim, reason] of [
      [4_000_000_000, 'too-large'],
      [17 * 1024 * 1024, 'too-large'],
      [8 * 1024 * 1024, 'too-large'],
      [1_000, 'malformed'],
    ] as const) {
      const cache = await things('gzip')
      await cache.set('k', text)
      await plant(() => {
        const head = Buffer.alloc(8)
        head.writeUInt32BE(claim)
        return Buffer.concat([head, bomb])
      })
      await misses(cache, reason)
    }
  })

  test('that is larger than this reader’s maxValueBytes', async () => {
    await (await things('gzip')).set('k', text)
    await misses(await things('gzip', { maxValueBytes: 2_000 }), 'too-large')
  })

  test('whose decompression never ends', async () => {
    const stuck: Compressor = { ...gzip(), id: 99, decompress: () => new Promise(() => {}) }
    const cache = await things(stuck)
    await cache.set('k', text)
    expect(await compression()).toBe(99)
    const heard: unknown[] = []
    cache.on('unreadable', ({ error }) => heard.push(error))
    const read = cache.get('k')
    await world.clock.advance(1_000)
    await expect(read).resolves.toBeUndefined()
    expect(heard).toMatchObject([{ reason: 'late' }])
  })
})

describe('the option compress', () => {
  test.each([
    ['lzma', /compress must be/],
    [true, /compress must be an object, got boolean/],
    [{}, /compress must be/],
    [{ algorithm: 'none' }, /compress must be/],
    [{ algorithm: { ...gzip(), id: 0 } }, /id of the algorithm must be an integer from 1 to 255/],
    [{ algorithm: 'gzip', minBytes: 0 }, /compress.minBytes must be a size/],
    [{ algorithm: 'gzip', withEncryption: 'yes' }, /compress.withEncryption must be true or false/],
  ])('%j is refused where it is written', async (compress, message) => {
    const node = await world.node()
    expect(() => node.cache('things', { compress: compress as Compress })).toThrow(TypeError)
    expect(() => node.cache('things', { compress: compress as Compress })).toThrow(message)
  })

  test('levels are checked', () => {
    for (const make of [() => gzip({ level: 0 }), () => brotli({ level: 12 }), () => zstd({ level: 20 })])
      expect(make).toThrow(/level must be an integer/)
  })

  test.skipIf(hasZstd)('zstd says what to do where Node.js does not have it', async () => {
    const node = await world.node()
    expect(() => node.cache('things', { compress: 'zstd' })).toThrow(/use 22.15 or later, or compress with 'gzip'/)
  })
})
