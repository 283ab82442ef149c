import {
  CacheClosedError,
  createCacheManager,
  memory,
  QueueFullError,
  UnsupportedError,
  WriteLostError,
  WriterTimeoutError,
} from '@larder/core'
import type { Cache, CacheManager, CacheOptions, WriteBehindOptions, WriteItem } from '@larder/core'
import { describe, expect, test } from 'vitest'
import { settle } from './stepped.ts'
import { breakable, makeWorld } from './world.ts'
import type { World } from './world.ts'

/** A cache that writes behind to a source whose writer a test can break. */
interface Shop {
  readonly world: World
  readonly caches: CacheManager
  readonly stock: Cache<string>
  readonly source: Map<string, string>
  /** Every call that reached the writer, as `key=value` pairs. */
  readonly calls: string[]
  /** What the writer does with each item; throws what it throws. */
  behave: (item: WriteItem<string, string>, all: readonly WriteItem<string, string>[]) => unknown
}

async function shop(writeBehind: WriteBehindOptions = {}, options: CacheOptions<string> = {}): Promise<Shop> {
  const world = makeWorld()
  const caches = await world.node()
  const source = new Map<string, string>()
  const calls: string[] = []
  const state: Pick<Shop, 'behave'> = { behave: () => {} }
  const stock = caches.cache<string>('stock', {
    load: (key) => source.get(key) ?? 'nothing',
    write: async (items) => {
      calls.push(items.map(({ key, value }) => `${key}=${value}`).join(' '))
      for (const item of items) await state.behave(item, items)
      for (const { key, value } of items) source.set(key, value)
    },
    writeBehind,
    ...options,
  })
  return Object.assign(state, { world, caches, stock, source, calls })
}

describe('an acknowledged write', () => {
  test('is seen by every read at once, by every node, and reaches the writer soon', async () => {
    const { stock, world, source, calls } = await shop()
    const other = (await world.node()).cache<string>('stock', { write: () => {} })
    for (const cache of [stock, other]) await cache.readThrough('a', () => 'old')
    expect(await stock.writeBehind('a', 'new')).toBe('journaled')
    expect(source.size).toBe(0)
    for (const cache of [stock, other]) {
      expect(cache.peek('a')).toBeUndefined()
      expect(await cache.get('a')).toBe('new')
      expect(await cache.has('a')).toBe(true)
      expect([...(await cache.getMany(['a', 'b']))]).toEqual([['a', 'new']])
      expect((await cache.getEntry('a'))?.value).toBe('new')
      expect(await cache.readThrough('a', () => 'not loaded')).toBe('new')
      expect([...(await cache.readThroughMany(['a'], () => ['not loaded']))]).toEqual([['a', 'new']])
    }
    await world.clock.advance(20)
    expect(calls).toEqual(['a=new'])
    expect(await stock.get('a')).toBeUndefined()
    expect(await stock.readThrough('a')).toBe('new')
    world.clock.assertIdle()
  })

  test('stays visible whatever is invalidated, evicted or expires meanwhile', async () => {
    const { stock, caches, world } = await shop({ batchDelay: '1h' }, { tags: ['t'], ttl: '1s' })
    await stock.writeBehind('a', 'new')
    await stock.delete('a')
    await stock.expire('a')
    await caches.invalidateTags('t')
    await stock.clear()
    await world.clock.advance(60_000)
    expect(await stock.get('a')).toBe('new')
    expect(await stock.readThrough('a')).toBe('new')
    expect(await stock.readThrough('a', undefined, { fresh: true })).toBe('new')
    expect(await stock.set('a', 'older, from a reader of the source')).toBe('superseded')
    expect(await stock.get('a')).toBe('new')
  })

  test('is not undone by a load that began before it', async () => {
    const { stock, source } = await shop({ batchDelay: '1h' })
    source.set('a', 'old')
    let answer: (value: string) => void = () => {}
    const read = stock.readThrough('a', () => new Promise<string>((resolve) => (answer = resolve)))
    await settle()
    await stock.writeBehind('a', 'new')
    answer('old')
    expect(await read).toBe('old')
    expect(await stock.get('a')).toBe('new')
    expect(await stock.readThrough('a')).toBe('new')
  })

  test('is told of once more when the source has it', async () => {
    const { stock, source, world } = await shop()
    const heard: (string | undefined)[] = []
    stock.subscribeInvalidations(() => heard.push(source.get('a')))
    await stock.writeBehind('a', 'new')
    await world.clock.advance(20)
    expect(heard).toEqual([undefined, 'new'])
  })

  test('comes to the writer with its key as it was given, its value, a version and a name of its own', async () => {
    const { world } = await shop()
    const items: WriteItem<Date, { readonly id: number }>[] = []
    const cache = (await world.node()).cache<Date, { readonly id: number }>('dates', {
      key: ({ id }) => `date:${id}`,
      write: (batch) => void items.push(...batch),
    })
    const when = new Date(0)
    await cache.writeBehind({ id: 7 }, when, { version: 12 })
    await cache.flush()
    await cache.writeBehind({ id: 8 }, when)
    await cache.flush()
    await cache.writeBehind({ id: 8 }, when)
    await cache.flush()
    expect(items.map(({ key, value }) => [key.id, value])).toEqual([
      [7, when],
      [8, when],
      [8, when],
    ])
    expect(items[0]?.version).toBe(12)
    expect(items[2]?.version).toBeGreaterThan(items[1]?.version as number)
    expect(new Set(items.map(({ opId }) => opId)).size).toBe(3)
  })
})

describe('the writer', () => {
  test('gets batches: by delay, by size, and of each key only the newest value', async () => {
    const { stock, calls, world } = await shop({ batchSize: 3, batchDelay: '100ms' })
    for (const value of ['1', '2', '3']) await stock.writeBehind('a', value)
    for (const key of ['b', 'c', 'd', 'e']) await stock.writeBehind(key, '1')
    await world.clock.advance(99)
    expect(calls).toEqual([])
    await world.clock.advance(1)
    expect(calls).toEqual(['a=3 b=1 c=1', 'd=1 e=1'])
  })

  test('that fails is called again, later and later, with the same name for the same write', async () => {
    const shopped = await shop({ backoff: { first: '1s', most: '10s' } })
    const { stock, world, source } = shopped
    const seen: string[] = []
    const times: number[] = []
    shopped.behave = ({ opId }) => {
      seen.push(opId)
      times.push(world.clock.monotonic())
      if (seen.length < 6) throw new Error('down')
    }
    await stock.writeBehind('a', 'new')
    await world.clock.advance(60_000)
    expect(source.get('a')).toBe('new')
    expect(new Set(seen).size).toBe(1)
    const pauses = times.slice(1).map((time, i) => time - (times[i] as number))
    expect(pauses.length).toBe(5)
    pauses.forEach((pause, i) => expect(pause).toBeGreaterThanOrEqual(Math.min(10_000, 1_000 * 2 ** i) * 0.75))
    expect(world.errors.length).toBe(5)
  })

  test('is told the attempt', async () => {
    const { world } = await shop()
    const attempts: number[] = []
    const cache = (await world.node()).cache<string>('c', {
      write: (_items, { attempt }) => {
        attempts.push(attempt)
        if (attempt < 3) throw new Error('down')
      },
    })
    await cache.writeBehind('a', 'x')
    await world.clock.advance(5_000)
    expect(attempts).toEqual([1, 2, 3])
  })

  test('may refuse one write of a batch by fail(); the others count as made', async () => {
    const { world } = await shop()
    const source: string[] = []
    const cache = (await world.node()).cache<string>('c', {
      write: (items, { fail }) => {
        for (const item of items) {
          if (item.key === 'b' && source.length < 4) fail(item, new Error('refused'))
          source.push(item.key)
        }
        expect(() => fail({ key: 'foreign' } as never, 'x')).toThrow(TypeError)
      },
    })
    for (const key of ['a', 'b', 'c']) await cache.writeBehind(key, 'x')
    await world.clock.advance(20)
    expect(source).toEqual(['a', 'b', 'c'])
    await world.clock.advance(5_000)
    expect(source).toEqual(['a', 'b', 'c', 'b', 'b'])
  })

  test('that is down for ten minutes loses nothing, and each key ends with its last value', async () => {
    const shopped = await shop()
    const { stock, world, source, calls } = shopped
    const until = world.clock.monotonic() + 600_000
    shopped.behave = () => {
      if (world.clock.monotonic() < until) throw new Error('down')
    }
    const last = new Map<string, string>()
    for (let i = 0; i < 600; i++) {
      const key = `k${i % 150}`
      await stock.writeBehind(key, String(i))
      last.set(key, String(i))
      await world.clock.advance(1_000)
      expect(await stock.get(key)).toBe(String(i))
    }
    expect(source.size).toBe(0)
    await world.clock.advance(120_000)
    expect(source).toEqual(last)
    expect(await stock.deadLetters.inspect()).toEqual([])
    // A writer that is down is not hammered.
    expect(calls.length).toBeLessThan(400)
  })

  test('that hangs is given up at the hard timeout, and the write tried again', async () => {
    const shopped = await shop({}, { timeouts: { hard: '2s' } })
    const { stock, world, source } = shopped
    let calls = 0
    shopped.behave = () => (++calls === 1 ? new Promise(() => {}) : undefined)
    await stock.writeBehind('a', 'new')
    await world.clock.advance(10_000)
    expect([calls, source.get('a')]).toEqual([2, 'new'])
    expect(world.errors).toEqual([expect.any(WriterTimeoutError)])
  })

  test('that was given up and writes after all: the nodes are told once more', async () => {
    const shopped = await shop({ attempts: 1 }, { timeouts: { hard: '2s' } })
    const { stock, world } = shopped
    let end: () => void = () => {}
    shopped.behave = () => new Promise<void>((resolve) => (end = resolve))
    await stock.writeBehind('a', 'new')
    await world.clock.advance(5_000)
    expect(await stock.readThrough('a')).toBe('nothing')
    end()
    await world.clock.advance(0)
    expect(await stock.readThrough('a')).toBe('new')
  })

  test('that gets a newer value while it writes the one before gets that next: never the other way round', async () => {
    const shopped = await shop()
    const { stock, world, source, calls } = shopped
    let end: () => void = () => {}
    shopped.behave = ({ value }) => (value === '1' ? new Promise<void>((resolve) => (end = resolve)) : undefined)
    await stock.writeBehind('a', '1')
    await world.clock.advance(20)
    await stock.writeBehind('a', '2')
    await world.clock.advance(1_000)
    expect(calls).toEqual(['a=1'])
    expect(await stock.get('a')).toBe('2')
    end()
    await world.clock.advance(1_000)
    expect([calls, source.get('a')]).toEqual([['a=1', 'a=2'], '2'])
  })
})

describe('a write that always fails', () => {
  test('holds up no other key, and becomes a dead letter', async () => {
    const shopped = await shop({ attempts: 4 })
    const { stock, world, source } = shopped
    shopped.behave = ({ key }) => {
      if (key === 'poison') throw new RangeError('never')
    }
    for (const key of ['a', 'poison', 'b']) await stock.writeBehind(key, '1')
    await world.clock.advance(300)
    expect([...source.keys()].sort()).toEqual(['a', 'b'])
    for (let i = 0; i < 20; i++) {
      await stock.writeBehind(`later${i}`, '1')
      await world.clock.advance(100)
    }
    expect(source.size).toBe(22)
    const [letter, ...others] = await stock.deadLetters.inspect()
    expect(others).toEqual([])
    expect(letter).toMatchObject({ key: 'poison', value: '1', attempts: 4, reason: 'RangeError: never' })
    expect(await stock.readThrough('poison')).toBe('nothing')
  })

  test('can be retried when the reason is gone, or dropped', async () => {
    const shopped = await shop({ attempts: 1 })
    const { stock, world, source } = shopped
    shopped.behave = () => {
      throw new Error('never')
    }
    for (const key of ['a', 'b']) await stock.writeBehind(key, '1')
    await world.clock.advance(5_000)
    const letters = await stock.deadLetters.inspect()
    expect(letters.map(({ key }) => key)).toEqual(['a', 'b'])
    shopped.behave = () => {}
    const [a, b] = letters.map(({ id }) => id) as [string, string]
    expect(await stock.readThrough('a')).toBe('nothing')
    expect(await stock.deadLetters.retry(a)).toBe('queued')
    expect(await stock.get('a')).toBe('1')
    expect(await stock.deadLetters.drop(b)).toBe(true)
    expect(await stock.deadLetters.drop(b)).toBe(false)
    expect(await stock.deadLetters.retry(b)).toBe('missing')
    await stock.flush()
    expect([...source]).toEqual([['a', '1']])
    expect(await stock.deadLetters.inspect()).toEqual([])
  })

  test('is not retried over a later write of its key', async () => {
    const shopped = await shop({ attempts: 1 })
    const { stock, world, source } = shopped
    shopped.behave = ({ value }) => {
      if (value === 'bad') throw new Error('never')
    }
    await stock.writeBehind('a', 'bad')
    await world.clock.advance(1_000)
    const [letter] = await stock.deadLetters.inspect()
    await stock.writeBehind('a', 'good')
    await stock.flush()
    expect(await stock.deadLetters.retry(letter?.id as string)).toBe('superseded')
    await world.clock.advance(1_000)
    expect(source.get('a')).toBe('good')
  })
})

describe('a full queue', () => {
  test('rejects when no room comes up in time, and has not made the write', async () => {
    const shopped = await shop({ maxPending: 2, waitForRoom: '1s' })
    const { stock, world } = shopped
    shopped.behave = () => {
      throw new Error('down')
    }
    for (const key of ['a', 'b']) await stock.writeBehind(key, '1')
    const third = expect(stock.writeBehind('c', '1')).rejects.toThrow(QueueFullError)
    await world.clock.advance(1_100)
    await third
    expect(await stock.get('c')).toBeUndefined()
    expect(await stock.writeBehind('a', '2')).toBe('journaled')
  })

  test('lets a write wait for room, until its caller aborts', async () => {
    const { stock, world, source } = await shop({ maxPending: 1, waitForRoom: '1s', batchDelay: '500ms' })
    await stock.writeBehind('a', '1')
    const controller = new AbortController()
    const aborted = expect(stock.writeBehind('b', '1', { signal: controller.signal })).rejects.toThrow('enough')
    const waiting = stock.writeBehind('c', '1')
    await world.clock.advance(100)
    controller.abort(new Error('enough'))
    await aborted
    await world.clock.advance(500)
    expect(await waiting).toBe('journaled')
    await stock.flush()
    expect([...source.keys()]).toEqual(['a', 'c'])
  })
})

describe('versions', () => {
  test('an older one is not journaled over a newer one, pending or written', async () => {
    const { stock, source, world } = await shop()
    expect(await stock.writeBehind('a', 'v5', { version: 5 })).toBe('journaled')
    expect(await stock.writeBehind('a', 'v4', { version: 4 })).toBe('superseded')
    await world.clock.advance(20)
    expect(await stock.writeBehind('a', 'v4', { version: 4 })).toBe('superseded')
    await stock.flush()
    expect(source.get('a')).toBe('v5')
  })
})

describe('flush', () => {
  test('waits for a value that came while the one before it was written', async () => {
    const shopped = await shop()
    const { stock, world, source } = shopped
    let end: () => void = () => {}
    shopped.behave = ({ value }) => (value === '1' ? new Promise<void>((resolve) => (end = resolve)) : undefined)
    await stock.writeBehind('a', '1')
    await world.clock.advance(20)
    await stock.writeBehind('a', '2')
    const flushed = stock.flush().then(() => source.get('a'))
    await settle()
    end()
    await world.clock.advance(1_000)
    expect(await flushed).toBe('2')
  })

  test('resolves when the writer has everything, without waiting for batches or back-off', async () => {
    const shopped = await shop({ batchDelay: '1h', backoff: { first: '1h', most: '1h' } })
    const { stock, world, source } = shopped
    let calls = 0
    shopped.behave = () => {
      if (++calls === 1) throw new Error('once')
    }
    await stock.writeBehind('a', '1')
    const first = stock.flush({ deadline: '1s' })
    const outcome = expect(first).rejects.toThrow(WriterTimeoutError)
    await world.clock.advance(1_000)
    await outcome
    await stock.flush()
    expect(source.get('a')).toBe('1')
    await stock.flush()
  })

  test('ends with its signal, and rejects a bad deadline', async () => {
    const shopped = await shop()
    shopped.behave = () => new Promise(() => {})
    const { stock } = shopped
    await stock.writeBehind('a', '1')
    const controller = new AbortController()
    const flushed = stock.flush({ signal: controller.signal })
    await settle()
    controller.abort(new RangeError('enough'))
    await expect(flushed).rejects.toThrow('enough')
    await expect(stock.flush({ signal: controller.signal })).rejects.toThrow('enough')
    await expect(stock.flush({ deadline: -1 })).rejects.toThrow('deadline')
  })
})

describe('with writeThrough on the same key', () => {
  test('the one that was called later is the one the source has in the end', async () => {
    const { stock, source, world } = await shop({ batchDelay: '1h' })
    await stock.writeBehind('a', 'behind')
    const through = stock.writeThrough('a', 'through')
    await world.clock.advance(1_000)
    expect(await through).toBe('stored')
    expect(source.get('a')).toBe('through')
    const again = stock.writeThrough('a', 'first')
    const behind = stock.writeBehind('a', 'second')
    await Promise.all([again, behind])
    await stock.flush()
    expect(source.get('a')).toBe('second')
  })

  test('a write-through does not wait for ever for a writer that is down', async () => {
    const shopped = await shop({}, { timeouts: { hard: '5s' } })
    const { stock, world, source } = shopped
    shopped.behave = ({ value }) => {
      if (value === 'behind') throw new Error('down')
    }
    await stock.writeBehind('a', 'behind')
    const outcome = expect(stock.writeThrough('a', 'through')).rejects.toThrow('was not made')
    await world.clock.advance(6_000)
    await outcome
    expect(source.size).toBe(0)
  })
})

describe('close', () => {
  test('leaves no write acknowledged that nobody would make: those that still wait for room reject', async () => {
    const { stock, caches, world } = await shop({ maxPending: 1, waitForRoom: '10s' })
    await stock.writeBehind('a', '1')
    const waiting = expect(stock.writeBehind('b', '1')).rejects.toThrow(CacheClosedError)
    await settle()
    await caches.close()
    await world.clock.advance(100)
    await waiting
    expect(world.errors).toEqual([])
  })

  test('brings what waits to the writer first', async () => {
    const { stock, caches, source } = await shop({ batchDelay: '1h' })
    for (let i = 0; i < 250; i++) await stock.writeBehind(`k${i}`, '1')
    await caches.close()
    expect(source.size).toBe(250)
    await expect(stock.writeBehind('a', '1')).rejects.toThrow(CacheClosedError)
    await expect(stock.flush()).rejects.toThrow(CacheClosedError)
    expect(() => stock.deadLetters).toThrow(CacheClosedError)
  })

  test.each(['throws', 'hangs'])('says what is lost when the writer %s until the deadline', async (how) => {
    const shopped = await shop()
    const { stock, caches, world } = shopped
    shopped.behave = () => {
      if (how === 'hangs') return new Promise(() => {})
      throw new Error('down')
    }
    await stock.writeBehind('a', '1')
    const closed = caches.close({ deadline: '3s' })
    await world.clock.advance(3_000)
    await closed
    expect(world.errors.filter((error) => error instanceof WriteLostError)).toHaveLength(1)
    world.clock.assertIdle()
  })
})

test('a backend that fails rejects a write-behind, and the writes it has go on when it is back', async () => {
  const world = makeWorld()
  const l2 = breakable(world)
  const { queue } = world.backend
  let down = false
  const failing = new Proxy(queue as NonNullable<typeof queue>, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]): unknown =>
        down ? Promise.reject(new Error('ECONNREFUSED')) : Reflect.apply(member, target, args)
    },
  })
  const source = new Map<string, string>()
  const caches = await world.node({ l2: { ...l2, queue: failing } })
  const users = caches.cache<string>('users', {
    write: (items) => items.forEach(({ key, value }) => source.set(key, value)),
  })
  await users.writeBehind('a', '1')
  down = true
  await expect(users.writeBehind('b', '1')).rejects.toMatchObject({ code: 'ERR_LARDER_STORE_UNAVAILABLE' })
  await world.clock.advance(5_000)
  expect(source.size).toBe(0)
  // The outage is reported once, not with every attempt.
  expect(world.errors).toHaveLength(1)
  expect(await users.get('a')).toBeUndefined()
  down = false
  await world.clock.advance(5_000)
  expect([...source]).toEqual([['a', '1']])
  await caches.close()
})

test('a backend without a queue, and a cache without a writer, say so', async () => {
  const { queue: _, ...backend } = memory()
  const caches = createCacheManager({ l2: backend })
  const users = caches.cache<string>('users', { write: () => {} })
  await expect(users.writeBehind('a', '1')).rejects.toThrow(UnsupportedError)
  await expect(users.deadLetters.inspect()).rejects.toThrow(UnsupportedError)
  await users.flush()
  await caches.close()
  const { world } = await shop()
  const plain = (await world.node()).cache<string>('plain')
  await expect(plain.writeBehind('a', '1')).rejects.toThrow('no write option')
  await expect(plain.writeBehind('a', undefined as never)).rejects.toThrow('undefined')
})

test.each<[string, WriteBehindOptions]>([
  ['writeBehind', 1 as never],
  ['writeBehind.batchSize', { batchSize: 0 }],
  ['writeBehind.batchDelay', { batchDelay: 'forever' }],
  ['writeBehind.attempts', { attempts: 1.5 }],
  ['writeBehind.backoff', { backoff: 'slow' as never }],
  ['writeBehind.backoff.first', { backoff: { first: 0 } }],
  ['writeBehind.backoff.most', { backoff: { most: -1 } }],
  ['writeBehind.maxPending', { maxPending: Infinity }],
  ['writeBehind.waitForRoom', { waitForRoom: -1 }],
  ['writeBehind.takeover', { takeover: 0 }],
])('%s out of its range is a TypeError that names it', (name, writeBehind) => {
  const caches = createCacheManager()
  expect(() => caches.cache('c', { write: () => {}, writeBehind })).toThrow(TypeError)
  expect(() => caches.cache('c', { write: () => {}, writeBehind })).toThrow(name)
})
