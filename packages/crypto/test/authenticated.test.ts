import { createCacheManager, memory } from '@larder/core'
import type { CacheManager, ForgedRecordError } from '@larder/core'
import type { Append, JournalRecord, TailListener } from '@larder/core/contracts'
import { contractTests, FakeClock, journalSuite, SeededRandom } from '@larder/testing'
import type { JournalHarness } from '@larder/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { authenticated, createKeyRing } from '../src/index.ts'
import { testKey } from './keys.ts'
import { testProvider } from './test-provider.ts'

const keyRing = createKeyRing({ primary: 'a', keys: { a: testKey('a') } })
const forged: ForgedRecordError[] = []
const onForged = (error: ForgedRecordError): number => forged.push(error)

let clock: FakeClock
let backend: ReturnType<typeof memory>

beforeEach(() => {
  forged.length = 0
  clock = new FakeClock()
  backend = memory({ clock, random: new SeededRandom(3) })
})

async function node(ring = keyRing): Promise<CacheManager> {
  const l2 = authenticated(backend, { keyRing: ring, onForged })
  const manager = createCacheManager({
    namespace: 'shop',
    l2,
    clock,
    random: new SeededRandom(Math.trunc(clock.now())),
  })
  await clock.advance(1)
  return manager
}

const append = (record: Partial<Append> = {}): Append => ({
  nonce: 'forged-nonce-123',
  origin: 'mallory',
  kind: 'keys',
  items: ['users:1'],
  markTtlMs: 60_000,
  ...record,
})

/** A journal as a remote one, so that what comes by `sync` and what is pushed can be told apart. */
function proven() {
  const raw = memory({ clock, random: new SeededRandom(4) })
  const { journal } = authenticated(raw, { keyRing, onForged })
  if (journal === undefined || raw.journal === undefined) throw new Error('no journal')
  return { raw: raw.journal, journal }
}

describe('authenticated', () => {
  test('invalidations of nodes with the key reach each other, as their own or another’s', async () => {
    const [one, two] = [await node(), await node()]
    const [a, b] = [
      one.cache<string>('users', { load: () => 'loaded' }),
      two.cache<string>('users', { load: () => 'loaded' }),
    ]
    const heard: unknown[] = []
    using _ = two.subscribeInvalidations((invalidation) => heard.push(invalidation))
    await b.readThrough('1')
    await a.delete('1')
    expect(b.peek('1')).toBeUndefined()
    await b.readThrough('1', undefined, { tags: ['t'] })
    await a.invalidateTags('t')
    expect(b.peek('1')).toBeUndefined()
    await b.readThrough('1')
    await a.clear()
    expect(b.peek('1')).toBeUndefined()
    await b.delete('2')
    expect(heard).toMatchObject([
      { kind: 'keys', keys: ['1'], own: false },
      { kind: 'tags', tags: ['t'], own: false },
      { kind: 'cache', cache: 'users', own: false },
      { kind: 'keys', keys: ['2'], own: true },
    ])
    expect(forged).toEqual([])
  })

  test('a forged record that is pushed is ignored and reported: nobody without the key can empty a node’s memory', async () => {
    const cache = (await node()).cache<string>('users', { load: () => 'loaded' })
    await cache.readThrough('1')
    await backend.journal?.append('shop', append())
    await backend.journal?.append('shop', append({ kind: 'cache', items: ['users'], nonce: 'another' }))
    expect(forged).toHaveLength(2)
    expect(forged[0]).toMatchObject({ code: 'ERR_LARDER_FORGED_RECORD' })
    expect(cache.peek('1')).toBe('loaded')
  })

  test('one that stands in the journal makes the node forget all it remembers: a true one may have stood there', async () => {
    const { raw, journal } = proven()
    const start = await journal.sync('shop', undefined)
    await journal.append('shop', append({ origin: 'alice', nonce: 'n1' }))
    await expect(journal.sync('shop', start.head)).resolves.toMatchObject({
      kind: 'records',
      records: [{ origin: 'alice', nonce: 'n1', items: ['users:1'] }],
    })
    await raw.append('shop', append({ nonce: 'n2' }))
    const reply = await journal.sync('shop', start.head)
    expect(reply).toEqual({ kind: 'reset', head: reply.head, firstId: reply.head.id })
    expect(reply.head.nonce).toBe('n2')
    expect(forged).toHaveLength(1)
  })

  test('a record does not pass with another item, kind, origin, nonce or namespace, nor with a changed proof', async () => {
    const { raw, journal } = proven()
    const start = await raw.sync('shop', undefined)
    await journal.append('shop', append({ origin: 'alice', items: ['users:1', 'users:2'] }))
    const genuine = await raw.sync('shop', start.head)
    const record = (genuine.kind === 'records' ? genuine.records[0] : undefined) as JournalRecord
    const heard: JournalRecord[] = []
    let push: TailListener['record'] = () => {}
    const pushing = {
      ...memory(),
      journal: {
        ...bound(raw),
        tail: (_: string, listener: TailListener) => ((push = listener.record), { close: async () => {} }),
      },
    }
    authenticated(pushing, { keyRing, onForged }).journal?.tail('shop', {
      record: (one) => heard.push(one),
      resync: () => {},
    })
    push(record)
    expect(heard).toMatchObject([{ origin: 'alice' }])
    const [origin, id, proof] = record.origin.split('~') as [string, string, string]
    const changed: readonly Partial<JournalRecord>[] = [
      { items: ['users:1'] },
      { items: ['users:1users:2'] },
      { items: ['users:1', 'users:2', ''] },
      { kind: 'tags' },
      { nonce: 'other' },
      { origin: ['bob', id, proof].join('~') },
      { origin: [origin, 'b', proof].join('~') },
      { origin: [origin, id, `${proof.slice(0, -2)}AA`].join('~') },
      { origin: [origin, id, ''].join('~') },
      { origin },
      { origin: '' },
    ]
    for (const change of changed) push({ ...record, ...change })
    expect(heard).toHaveLength(1)
    expect(forged).toHaveLength(changed.length)
    const elsewhere: JournalRecord[] = []
    authenticated(pushing, { keyRing, onForged }).journal?.tail('shop2', {
      record: (one) => elsewhere.push(one),
      resync: () => {},
    })
    push(record)
    expect(elsewhere).toEqual([])
  })

  test('a true record that is pushed again under a made-up id is ignored', async () => {
    const { raw, journal } = proven()
    const start = await raw.sync('shop', undefined)
    await journal.append('shop', append({ origin: 'alice' }))
    const genuine = await raw.sync('shop', start.head)
    const record = (genuine.kind === 'records' ? genuine.records[0] : undefined) as JournalRecord
    const heard: JournalRecord[] = []
    let push: TailListener['record'] = () => {}
    const pushing = {
      ...memory(),
      journal: {
        ...bound(raw),
        tail: (_: string, listener: TailListener) => ((push = listener.record), { close: async () => {} }),
      },
    }
    authenticated(pushing, { keyRing, onForged }).journal?.tail('shop', {
      record: (one) => heard.push(one),
      resync: () => {},
    })
    push(record)
    push({ ...record, id: '99999999999999-0', prev: { id: record.id, nonce: record.nonce } })
    push({ id: '5-0', nonce: 'x', origin: '', kind: 'genesis', items: [] })
    expect(heard).toHaveLength(1)
  })

  test('keys rotate: records by every key of the ring are heard', async () => {
    const keys = { a: testKey('a'), b: testKey('b') }
    const [one, two] = [
      await node(createKeyRing({ primary: 'a', keys })),
      await node(createKeyRing({ primary: 'b', keys })),
    ]
    const [a, b] = [
      one.cache<string>('users', { load: () => 'loaded' }),
      two.cache<string>('users', { load: () => 'loaded' }),
    ]
    await a.readThrough('1')
    await b.delete('1')
    expect(a.peek('1')).toBeUndefined()
    await b.readThrough('1')
    await a.delete('1')
    expect(b.peek('1')).toBeUndefined()
    expect(forged).toEqual([])
  })

  test('refuses wrong options, naming them', () => {
    expect(() => authenticated(backend, { keyRing: {} as never })).toThrow(/^keyRing must/)
    expect(() => authenticated(backend, { keyRing, onForged: 1 as never })).toThrow(/^onForged must/)
    const provider = createKeyRing({ primary: 'k', keys: { k: { provider: testProvider() } } })
    expect(() => authenticated(backend, { keyRing: provider })).toThrow(/a provider cannot prove/)
    const { journal: _, ...deaf } = backend
    expect(() => authenticated({ ...deaf, health: backend.health, close: backend.close }, { keyRing })).toThrow(
      /no journal/,
    )
  })
})

describe('an authenticated journal', () => {
  const open = (): JournalHarness => {
    const clock = new FakeClock()
    const raw = memory({ clock, journalLength: 5_000 })
    const { journal } = authenticated(raw, { keyRing })
    if (journal === undefined) throw new Error('no journal')
    return {
      manifest: journal.manifest,
      journal,
      namespace: 'shop',
      elapse: (ms) => clock.advance(ms),
      eventually: async (predicate) => {
        for (let turn = 0; turn < 10 && !predicate(); turn++) await clock.advance(1)
        expect(predicate()).toBe(true)
      },
      trim: async () => {
        for (let i = 0; i < 5_100; i++) await journal.append('shop', append({ nonce: `trim-${i}`, items: [] }))
      },
    }
  }
  for (const { name, run } of contractTests(journalSuite, open)) test(name, run)
})

/** The methods of a journal, as functions of an object of its own. */
function bound<J extends object>(journal: J): J {
  return new Proxy({} as J, {
    get: (_, name) => {
      const member: unknown = Reflect.get(journal, name)
      return typeof member === 'function' ? (member.bind(journal) as unknown) : member
    },
    ownKeys: () => ['manifest', 'append', 'marks', 'sync', 'missing'],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  })
}
