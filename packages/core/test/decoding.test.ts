import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { jsonCodec, msgpackCodec } from '@larder/core'
import type { Codec, Sealer } from '@larder/core'
import { Packr } from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { makeWorld } from './world.ts'

/** The lines of the security checklist on decoding; what each codec does in detail is in the tests beside it. */
describe('checklist, decoding:', () => {
  test('JSON with __proto__, or constructor that holds prototype, is refused', () => {
    for (const json of [
      '{"__proto__":{"admin":true}}',
      '[{"a":{"__proto__":1}}]',
      '{"constructor":{"prototype":{"admin":true}}}',
    ])
      expect(() => jsonCodec.decode(Buffer.from(json))).toThrow(/unsafe property/)
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  test('MessagePack brings back nothing but data: no expression, no Error as msgpackr makes it', () => {
    const packr = new Packr({ moreTypes: true, structuredClone: true })
    for (const value of [/(a+)+$/, new Error('made up')]) expect(() => msgpackCodec.decode(packr.pack(value))).toThrow()
  })

  test('no structure of one message is used for the next', () => {
    const shared = new Packr({ structures: [] })
    const [first, second] = [shared.pack({ a: 3, b: 4 }), shared.pack({ a: 5, b: 6 })]
    for (const bytes of [first, second]) {
      const other = ((): unknown => {
        try {
          return msgpackCodec.decode(bytes)
        } catch {
          return 'refused'
        }
      })()
      expect(['refused', { a: 3, b: 4 }]).toContainEqual(other)
    }
    const own = [
      { a: 3, b: 4 },
      { x: 3, y: 4 },
    ].map((value) => msgpackCodec.encode(value))
    expect(own.toReversed().map((bytes) => msgpackCodec.decode(bytes))).toEqual([
      { x: 3, y: 4 },
      { a: 3, b: 4 },
    ])
  })

  test('more levels than 1,000 are refused by both codecs', () => {
    expect(() => jsonCodec.decode(Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)))).toThrow(/levels|not JSON/)
    expect(() => msgpackCodec.decode(Buffer.alloc(100_000, 0x91))).toThrow()
  })

  test('the order is: length, seal, codec, schema; what fails one never reaches the next', async () => {
    const world = makeWorld()
    const order: string[] = []
    const codec: Codec = {
      ...jsonCodec,
      id: 77,
      decode: (bytes) => {
        order.push('codec')
        return jsonCodec.decode(bytes)
      },
    }
    let genuine = true
    const sealer: Sealer = {
      name: 'a seal',
      seal: (payload) => payload,
      open: (payload) => {
        order.push('seal')
        return genuine ? { kind: 'opened', payload } : { kind: 'refused', reason: 'unauthentic' }
      },
    }
    let passes = true
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: (value: unknown) => {
          order.push('schema')
          return passes ? { value } : { issues: [{ message: 'no' }] }
        },
      },
    }
    const manager = await world.node({ l1: false, sealer })
    const cache = manager.cache<unknown>('things', { codec, schema })
    await cache.set('k', { a: 1 })
    order.length = 0
    await expect(cache.get('k')).resolves.toEqual({ a: 1 })
    expect(order).toEqual(['seal', 'codec', 'schema'])
    passes = false
    order.length = 0
    await expect(cache.get('k')).resolves.toBeUndefined()
    expect(order).toEqual(['seal', 'codec', 'schema'])
    genuine = false
    order.length = 0
    await expect(cache.get('k')).resolves.toBeUndefined()
    expect(order).toEqual(['seal'])
    genuine = passes = true
    order.length = 0
    const tight = await world.node({ l1: false, sealer, l2: { ...world.backend, store: withMaxFrameBytes(60) } })
    await expect(tight.cache<unknown>('things', { codec, schema }).get('k')).resolves.toBeUndefined()
    expect(order).toEqual([])

    function withMaxFrameBytes(maxFrameBytes: number): typeof world.backend.store {
      const { store } = world.backend
      return new Proxy(store, {
        get: (target, name) => {
          if (name === 'manifest') return { ...target.manifest, maxFrameBytes }
          const member: unknown = Reflect.get(target, name)
          return typeof member === 'function' ? (member.bind(target) as unknown) : member
        },
      })
    }
  })

  test('no source revives code: no v8, no eval, no Function from text, no vm', () => {
    const packages = fileURLToPath(new URL('../../', import.meta.url))
    const sources = ['core', 'crypto', 'redis'].flatMap((name) =>
      readdirSync(`${packages}${name}/src`, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
        .map((file) => readFileSync(`${packages}${name}/src/${file}`, 'utf8')),
    )
    expect(sources.length).toBeGreaterThan(100)
    for (const source of sources) expect(source).not.toMatch(/node:v8|node:vm|\beval\(|new Function\(|deserialize\(/)
  })

  test('values that an own schema refuses are misses', async () => {
    const world = makeWorld()
    const validate = (value: unknown) => (value === 'good' ? { value } : { issues: [{ message: 'no' }] })
    const schema = { '~standard': { version: 1 as const, vendor: 'test', validate } }
    await (await world.node({ l1: false })).cache<string>('things').set('k', 'bad')
    const cache = (await world.node({ l1: false })).cache<string>('things', { schema, load: () => 'good' })
    await expect(cache.readThrough('k')).resolves.toBe('good')
    expect(cache.stats().unreadable).toBe(1)
  })
})
