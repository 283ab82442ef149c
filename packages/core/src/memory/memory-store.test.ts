import { expect, test } from 'vitest'
import type { Clock } from '../contracts/clock.ts'
import { FRAME } from '../contracts/frame.ts'
import { StoreUnavailableError } from '../errors/store-unavailable-error.ts'
import { MemoryStore } from './memory-store.ts'

const clock: Clock = { now: () => 0, monotonic: () => 1_000, after: () => ({ cancel: () => {} }) }

function open(bounds: { readonly maxEntries?: number; readonly maxBytes?: number } = {}): MemoryStore {
  return new MemoryStore({ maxEntries: 1_000, maxBytes: 2 ** 20, clock, ...bounds })
}

function frame(id: string, details: { readonly version?: number; readonly bytes?: number } = {}): Uint8Array {
  const bytes = new Uint8Array(FRAME.offset.marks + (details.bytes ?? 0))
  bytes.set([0x4c, 0x44, FRAME.format, details.version === undefined ? 0 : FRAME.flag.versioned])
  bytes.set(Buffer.from(id.padEnd(FRAME.idBytes, '_')), FRAME.offset.id)
  new DataView(bytes.buffer).setFloat64(FRAME.offset.version, details.version ?? 0)
  return bytes
}

async function put(
  store: MemoryStore,
  key: string,
  details: { readonly version?: number; readonly bytes?: number } = {},
): Promise<boolean> {
  await store.drop(key, { mode: 'set', token: 't', leaseMs: 1_000 })
  return store.fill(key, { token: 't', frame: frame(key, details), ttlMs: 60_000 })
}

async function present(store: MemoryStore, keys: readonly string[]): Promise<readonly string[]> {
  const frames = await store.getMany(keys)
  return keys.filter((_, i) => frames[i] !== undefined)
}

test('the entry that was used longest ago gives way above maxEntries', async () => {
  const store = open({ maxEntries: 3 })
  for (const key of ['a', 'b', 'c']) await put(store, key)
  await store.get('a')
  await put(store, 'd')
  expect(await present(store, ['a', 'b', 'c', 'd'])).toEqual(['a', 'c', 'd'])
})

test('entries give way above maxBytes, their keys and overhead counted', async () => {
  const bySize = open({ maxBytes: 10_000 })
  for (const key of ['a', 'b', 'c']) await put(bySize, key, { bytes: 3_000 })
  expect(await present(bySize, ['a', 'b', 'c'])).toEqual(['b', 'c'])

  const byKey = open({ maxBytes: 10_000 })
  const keys = ['a', 'b', 'c'].map((letter) => letter.repeat(1_500))
  for (const key of keys) {
    await byKey.drop(key, { mode: 'set', token: 't', leaseMs: 1_000 })
    await byKey.fill(key, { token: 't', frame: frame('x'), ttlMs: 60_000 })
  }
  expect(await present(byKey, keys)).toEqual(keys.slice(1))

  const byNumber = open({ maxBytes: 10_000 })
  for (let i = 0; i < 100; i++) await put(byNumber, `k${i}`)
  expect(
    (
      await present(
        byNumber,
        Array.from({ length: 100 }, (_, i) => `k${i}`),
      )
    ).length,
  ).toBeLessThan(25)
})

test('an entry larger than the whole store is evicted at once, and the old one does not come back', async () => {
  const store = open({ maxBytes: 5_000 })
  await put(store, 'a')
  await put(store, 'b')
  await store.take('a', { token: 'big', leaseMs: 1_000, seenId: 'a'.padEnd(16, '_') })
  expect(await store.fill('a', { token: 'big', frame: frame('big', { bytes: 6_000 }), ttlMs: 1_000 })).toBe(true)
  expect(await present(store, ['a', 'b'])).toEqual(['b'])
})

test('an eviction takes neither the lease nor the version floor of a key with it', async () => {
  const store = open({ maxEntries: 2 })
  await put(store, 'a', { version: 5 })
  await store.take('a', { token: 'refresh', leaseMs: 1_000, seenId: 'a'.padEnd(16, '_') })
  await put(store, 'b')
  await put(store, 'c')
  expect(await present(store, ['a'])).toEqual([])
  expect(await store.drop('a', { mode: 'set', token: 'old', leaseMs: 1_000, version: 4 })).toEqual({ kind: 'newer' })
  expect(await store.fill('a', { token: 'refresh', frame: frame('new', { version: 6 }), ttlMs: 1_000 })).toBe(true)
})

test('leases that nobody gave back do not pile up', async () => {
  const store = open({ maxEntries: 10 })
  for (let i = 0; i < 100; i++) await store.take(`k${i}`, { token: `t${i}`, leaseMs: Infinity })
  expect(await store.fill('k0', { token: 't0', frame: frame('a'), ttlMs: 1_000 })).toBe(false)
  expect(await store.fill('k99', { token: 't99', frame: frame('b'), ttlMs: 1_000 })).toBe(true)
})

test('a call has done its work when it returns its promise', async () => {
  const store = open()
  const answers = [
    store.take('a', { token: 'one', leaseMs: 1_000 }),
    store.fill('a', { token: 'one', frame: frame('one'), ttlMs: 1_000 }),
    store.take('a', { token: 'two', leaseMs: 1_000 }),
    store.drop('a', { mode: 'delete' }),
    store.get('a'),
  ]
  expect(await Promise.all(answers)).toEqual([
    { kind: 'granted' },
    true,
    { kind: 'entry', frame: frame('one') },
    { kind: 'dropped', existed: true },
    undefined,
  ])
})

test('reads hand out the stored bytes without copying them', async () => {
  const store = open()
  await put(store, 'a')
  expect(await store.get('a')).toBe(await store.get('a'))
})

test('a write-behind value is answered by take until that very value is uncovered', async () => {
  const store = open()
  const pending = frame('one')
  store.cover('a', pending)
  pending.fill(0)
  expect(await store.take('a', { token: 't', leaseMs: 1_000 })).toEqual({ kind: 'dirty', frame: frame('one') })
  store.cover('a', frame('two'))
  store.uncover('a', 'one'.padEnd(16, '_'))
  expect(await store.take('a', { token: 't', leaseMs: 1_000 })).toEqual({ kind: 'dirty', frame: frame('two') })
  store.uncover('a', 'two'.padEnd(16, '_'))
  expect(await store.take('a', { token: 't', leaseMs: 1_000 })).toEqual({ kind: 'granted' })
})

test('after close every call rejects, also where it would have had nothing to do', async () => {
  const store = open()
  await put(store, 'a')
  store.close()
  const calls = [
    () => store.get('a'),
    () => store.getMany([]),
    () => store.take('a', { token: 't', leaseMs: 1_000 }),
    () => store.fill('a', { token: 't', frame: frame('a'), ttlMs: 1_000 }),
    () => store.drop('a', { mode: 'delete' }),
    () => store.renew('a', 't', 1_000),
    () => store.release('a', 't'),
    () => store.edit('a', { kind: 'retime', expectId: 'a', ttlMs: 1, softAt: 1, hardAt: 1 }),
  ]
  for (const call of calls) await expect(call()).rejects.toThrow(StoreUnavailableError)
})
