import { describe, expect, test } from 'vitest'
import type { Item } from '../src/l1/item.ts'
import { LruL1 } from '../src/l1/lru-l1.ts'
import { S3FifoL1 } from '../src/l1/s3-fifo-l1.ts'
import { TtlL1 } from '../src/l1/ttl-l1.ts'
import type { L1 } from '../src/l1/l1.ts'

function item(value: number, how: { readonly bytes?: number; readonly hardAt?: number } = {}): Item<number> {
  return {
    entry: undefined as never,
    handout: { kind: 'shared', value },
    softAt: how.hardAt ?? 60_000,
    hardAt: how.hardAt ?? 60_000,
    dueAt: how.hardAt ?? 60_000,
    bytes: how.bytes ?? 100,
    generation: 0,
    settled: undefined,
  }
}

const engines: [string, (bounds: { maxEntries: number; maxBytes: number }) => L1<number>][] = [
  ['lru', (bounds) => new LruL1(bounds)],
  ['ttl', (bounds) => new TtlL1({ ...bounds, monotonic: () => 0 })],
  ['lfu', (bounds) => new S3FifoL1({ ...bounds, monotonic: () => 0 })],
]

describe.each(engines)('the %s engine', (_name, make) => {
  test('keeps, replaces and forgets items, and counts their bytes', () => {
    const l1 = make({ maxEntries: 10, maxBytes: 10_000 })
    const kept = item(1)
    l1.put('a', kept)
    expect(l1.get('a')).toBe(kept)
    l1.put('a', item(2, { bytes: 300 }))
    expect([l1.entries, l1.bytes]).toEqual([1, 300])
    l1.put('b', item(3))
    l1.delete('a')
    l1.delete('a')
    expect([l1.get('a'), l1.entries, l1.bytes]).toEqual([undefined, 1, 100])
    l1.clear()
    expect([l1.entries, l1.bytes]).toEqual([0, 0])
  })

  test('never holds more entries than it may', () => {
    const l1 = make({ maxEntries: 50, maxBytes: 1e9 })
    for (let key = 0; key < 1_000; key++) l1.put(String(key), item(key, { hardAt: 60_000 + key }))
    expect(l1.entries).toBe(50)
    expect(l1.bytes).toBe(50 * 100)
    expect(l1.get('999')).toBeDefined()
  })

  test('never holds more bytes than it may, nor an item larger than all of them', () => {
    const l1 = make({ maxEntries: 1_000, maxBytes: 5_000 })
    for (let key = 0; key < 1_000; key++) {
      l1.put(String(key), item(key, { bytes: 100 + (key % 7) * 50 }))
      expect(l1.bytes).toBeLessThanOrEqual(5_000)
    }
    expect(l1.entries).toBeGreaterThan(5)
    l1.put('huge', item(0, { bytes: 5_001 }))
    expect(l1.get('huge')).toBeUndefined()
  })

  test('holds immortal items at its bound without hanging', () => {
    const l1 = make({ maxEntries: 2, maxBytes: 1e6 })
    for (let key = 0; key < 100; key++) l1.put(String(key), item(key, { hardAt: Infinity }))
    expect(l1.entries).toBe(2)
  })

  test('takes many items that expire in the same millisecond', () => {
    const l1 = make({ maxEntries: 20_000, maxBytes: 1e9 })
    for (let round = 0; round < 3; round++) for (let key = 0; key < 20_000; key++) l1.put(String(key), item(key))
    expect(l1.entries).toBe(20_000)
  })
})

test('the lru engine lets the least recently used go first, the ttl engine the next to expire', () => {
  const bounds = { maxEntries: 2, maxBytes: 1e6 }
  const lru = new LruL1<number>(bounds)
  const ttl = new TtlL1<number>({ ...bounds, monotonic: () => 0 })
  for (const l1 of [lru, ttl]) {
    l1.put('soon', item(1, { hardAt: 10_000 }))
    l1.put('later', item(2, { hardAt: 90_000 }))
    l1.get('soon')
    l1.put('new', item(3, { hardAt: 50_000 }))
  }
  expect([lru.get('soon'), lru.get('later')].map((found) => found !== undefined)).toEqual([true, false])
  expect([ttl.get('soon'), ttl.get('later')].map((found) => found !== undefined)).toEqual([false, true])
})

describe('the lfu engine', () => {
  const bounds = { maxEntries: 100, maxBytes: 1e6, monotonic: () => 0 }

  test('keeps what is read often while a scan of other keys passes through', () => {
    const survivors = (l1: L1<number>): number => {
      for (let round = 0; round < 3; round++) {
        for (let key = 0; key < 50; key++) if (l1.get(`hot ${key}`) === undefined) l1.put(`hot ${key}`, item(key))
      }
      for (let key = 0; key < 1_000; key++) l1.put(`scanned ${key}`, item(key))
      return Array.from({ length: 50 }, (_, key) => l1.get(`hot ${key}`)).filter((found) => found !== undefined).length
    }
    expect(survivors(new S3FifoL1<number>(bounds))).toBe(50)
    expect(survivors(new LruL1<number>(bounds))).toBe(0)
  })

  test('lets a key that comes back soon after it left stay', () => {
    const l1 = new S3FifoL1<number>(bounds)
    l1.put('back', item(0))
    for (let key = 0; key < 120; key++) l1.put(`passing ${key}`, item(key))
    expect(l1.get('back')).toBeUndefined()
    l1.put('back', item(1))
    for (let key = 120; key < 200; key++) l1.put(`passing ${key}`, item(key))
    expect(l1.get('back')?.handout).toEqual({ kind: 'shared', value: 1 })
  })

  test('does not carry expired items round', () => {
    let now = 0
    const l1 = new S3FifoL1<number>({ ...bounds, monotonic: () => now })
    for (let key = 0; key < 100; key++) l1.put(`old ${key}`, item(key, { hardAt: 1_000 }))
    for (let round = 0; round < 3; round++) for (let key = 0; key < 100; key++) l1.get(`old ${key}`)
    now = 2_000
    for (let key = 0; key < 100; key++) l1.put(`new ${key}`, item(key, { hardAt: 9_000 }))
    expect(l1.get('old 0')).toBeUndefined()
    expect(l1.entries).toBe(100)
  })
})
