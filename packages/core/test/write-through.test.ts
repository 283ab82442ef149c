import { cached, CacheClosedError, StoreTimeoutError, StoreUnavailableError, WriterTimeoutError } from '@larder/core'
import type { WriteItem } from '@larder/core'
import { describe, expect, test } from 'vitest'
import { settle, steppedWorld } from './stepped.ts'
import { breakable, heldLoader, makeWorld } from './world.ts'

test('the source is changed first, then the cache, and reads get the new value without loading', async () => {
  const { node } = makeWorld()
  const users = (await node()).cache<string>('users')
  await users.readThrough('1', () => 'old')
  const source = new Map([['1', 'old']])
  const during: unknown[] = []
  const written = await users.writeThrough('1', 'new', async (key, value) => {
    during.push(users.peek('1'), await users.get('1'))
    source.set(key, value)
  })
  expect(written).toBe('stored')
  expect(source.get('1')).toBe('new')
  expect(during).toEqual([undefined, undefined])
  expect(await users.get('1')).toBe('new')
  expect(await users.readThrough('1', () => 'never loaded')).toBe('new')
})

test('the write option is given one item, with what names the write', async () => {
  const { node } = makeWorld()
  const batches: (readonly WriteItem<string, number>[])[] = []
  const users = (await node()).cache<string, number>('users', {
    write: (batch, { attempt, signal }) => {
      expect([attempt, signal.aborted]).toEqual([1, false])
      batches.push(batch)
    },
  })
  await users.writeThrough(1, 'Ada', undefined, { version: 7 })
  await users.writeThrough(1, 'Bob')
  expect(batches).toEqual([
    [{ key: 1, value: 'Ada', version: 7, opId: expect.stringMatching(/^[\w-]{16}$/) }],
    [{ key: 1, value: 'Bob', version: undefined, opId: expect.stringMatching(/^[\w-]{16}$/) }],
  ])
  expect(new Set(batches.flat().map(({ opId }) => opId)).size).toBe(2)
})

describe('a writer that fails', () => {
  test.each([
    [
      'throws',
      () => {
        throw new RangeError('no')
      },
    ],
    ['rejects', () => Promise.reject(new RangeError('no'))],
  ])('%s: its own error reaches the caller, and the key is left absent', async (_how, writer) => {
    // prettier-ignore
    const { node, errors } = makeWorld()
    const [one, two] = [(await node()).cache<string>('users'), (await node()).cache<string>('users')]
    for (const users of [one, two]) await users.readThrough('1', () => 'old')
    await expect(one.writeThrough('1', 'new', writer)).rejects.toThrow(RangeError)
    for (const users of [one, two]) expect([users.peek('1'), await users.get('1')]).toEqual([undefined, undefined])
    expect(await one.readThrough('1', () => 'loaded')).toBe('loaded')
    expect(errors).toEqual([])
  })

  test('may throw anything, and it arrives unchanged', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string>('users')
    for (const thrown of [undefined, null, 0, 'text', { a: 1 }]) {
      const outcome = users.writeThrough('1', 'new', () => Promise.reject(thrown as unknown as Error)).then(() => 'resolved', (e: unknown) => ({ e })) // prettier-ignore
      expect(await outcome).toEqual({ e: thrown })
    }
  })

  test('by fail() of the write option counts as one that throws; foreign items are refused', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string>('users', {
      write: ([item], { fail }) => {
        expect(() => fail({ ...(item as WriteItem<string, string>) }, 'x')).toThrow(TypeError)
        fail(item as WriteItem<string, string>, new RangeError('refused'))
      },
    })
    await expect(users.writeThrough('1', 'new')).rejects.toThrow('refused')
    expect(await users.get('1')).toBeUndefined()
  })

  test('leaves nothing behind even if the backend fails with it: the removal waits, and the error is still the writer’s', async () => {
    const world = makeWorld()
    const l2 = breakable(world)
    const users = (await world.node({ l2 })).cache<string>('users')
    const other = (await world.node()).cache<string>('users')
    const write = users.writeThrough('1', 'new', () => {
      l2.mode = 'reject'
      throw new RangeError('no')
    })
    await expect(write).rejects.toThrow(RangeError)
    l2.mode = 'up'
    const token = await other.readThrough('1', () => 'old', { waitForLoad: 0 })
    expect(token).toBe('old')
    await world.clock.advance(5_000)
    expect(await users.get('1')).toBeUndefined()
    expect(world.errors.length).toBeGreaterThan(0)
  })
})

describe('invalidations', () => {
  test('a load that began before cannot bring the old value back, whenever it ends', async () => {
    for (const end of ['during the write', 'after it']) {
      const { node } = makeWorld()
      const users = (await node()).cache<string>('users')
      const loader = heldLoader<string>()
      const writer = heldLoader<void>()
      const read = users.readThrough('1', loader.load)
      await settle()
      const write = users.writeThrough('1', 'new', writer.load)
      await settle()
      if (end === 'during the write') loader.answer('old')
      await settle()
      writer.answer()
      expect(await write).toBe('stored')
      if (end === 'after it') loader.answer('old')
      expect(await read).toBe('old')
      expect(await users.get('1')).toBe('new')
    }
  })

  test('a delete during the write is not undone by it', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string>('users')
    const writer = heldLoader<void>()
    const write = users.writeThrough('1', 'new', writer.load)
    await settle()
    await users.delete('1')
    writer.answer()
    expect(await write).toBe('superseded')
    expect(await users.get('1')).toBeUndefined()
  })

  test('nor is the invalidation of a tag, named before or found in the value the writer answers', async () => {
    const { node } = makeWorld()
    const caches = await node()
    const users = caches.cache<{ org: string }>('users', { tags: ({ org }) => [`org:${org}`] })
    for (const [result, tag] of [
      [undefined, 'org:a'],
      [cached({ org: 'b' }, {}), 'org:b'],
      [cached({ org: 'c' }, { tags: ['vip'] }), 'vip'],
    ] as const) {
      const writer = heldLoader<unknown>()
      const write = users.writeThrough('1', { org: 'a' }, writer.load)
      await settle()
      await caches.invalidateTags(tag)
      writer.answer(result)
      await write
      expect(await users.get('1')).toBeUndefined()
    }
  })

  test('while the writer runs nobody caches anything, also not a node that has not heard yet, so dying half-way leaves nothing old', async () => {
    const world = steppedWorld()
    const [writing, reading] = [await world.node(), await world.node()]
    const [one, two] = [writing.manager.cache<string>('users'), reading.manager.cache<string>('users')]
    await two.readThrough('1', () => 'old')
    expect(two.peek('1')).toBe('old')
    const source = { value: 'old' }
    void one.writeThrough('1', 'new', () => {
      source.value = 'new'
      // The process dies here: nothing of what it would have done follows.
      return new Promise(() => {})
    }).catch(() => {}) // prettier-ignore
    await settle()
    expect(two.peek('1')).toBeUndefined()
    const read = two.readThrough('1', () => source.value, { waitForLoad: '20ms' })
    await world.clock.advance(100)
    expect(await read).toBe('new')
    expect(await two.get('1')).toBeUndefined()
  })

  test('other nodes hear of it after the source has changed', async () => {
    const { node } = makeWorld()
    const [one, two] = [(await node()).cache<string>('users'), (await node()).cache<string>('users')]
    let source = 'old'
    const heard: string[] = []
    two.subscribeInvalidations(() => heard.push(source))
    await one.writeThrough('1', 'new', () => {
      source = 'new'
    })
    expect(heard.at(-1)).toBe('new')
  })
})

describe('several writes of one key', () => {
  test('in one process follow each other in the order of their calls; those of other keys do not wait', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string>('users')
    const log: string[] = []
    const held = heldLoader<void>()
    const first = users.writeThrough('1', 'a', () => (log.push('a'), held.load()))
    const second = users.writeThrough('1', 'b', () => void log.push('b'))
    const third = users.writeThrough('1', 'c', () => void log.push('c'))
    await users.writeThrough('2', 'x', () => void log.push('x'))
    expect(log).toEqual(['a', 'x'])
    held.answer()
    expect(await Promise.all([first, second, third])).toEqual(['stored', 'stored', 'stored'])
    expect(log).toEqual(['a', 'x', 'b', 'c'])
    expect(await users.get('1')).toBe('c')
  })

  test('one that fails lets the next one through', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string>('users')
    const first = users.writeThrough('1', 'a', () => Promise.reject(new Error('no')))
    const second = users.writeThrough('1', 'b', () => {})
    await expect(first).rejects.toThrow('no')
    expect(await second).toBe('stored')
  })

  test.each(['first', 'second'])(
    'in two processes never leave the older value, when the %s to begin commits last',
    async (last) => {
      const { node } = makeWorld()
      const [one, two] = [(await node()).cache<string>('users'), (await node()).cache<string>('users')]
      let source = ''
      const [writerA, writerB] = [heldLoader<void>(), heldLoader<void>()]
      const write = async (held: typeof writerA, value: string): Promise<void> => {
        await held.load()
        source = value
      }
      const a = one.writeThrough('1', 'a', () => write(writerA, 'a'))
      await settle()
      const b = two.writeThrough('1', 'b', () => write(writerB, 'b'))
      await settle()
      for (const writer of last === 'first' ? [writerB, writerA] : [writerA, writerB]) {
        writer.answer()
        await settle()
      }
      await Promise.all([a, b])
      for (const users of [one, two]) expect([undefined, source]).toContain(await users.get('1'))
    },
  )

  test('in two processes leave the one with the higher version, whichever ends last', async () => {
    for (const last of ['older', 'newer']) {
      const { node } = makeWorld()
      const [one, two] = [(await node()).cache<string>('users'), (await node()).cache<string>('users')]
      const [older, newer] = [heldLoader<unknown>(), heldLoader<unknown>()]
      const writes = [one.writeThrough('1', 'v1', older.load), two.writeThrough('1', 'v2', newer.load)]
      await settle()
      const ends = [() => older.answer(cached('v1', { version: 1 })), () => newer.answer(cached('v2', { version: 2 }))]
      for (const end of last === 'older' ? ends.reverse() : ends) {
        end()
        await settle()
      }
      await Promise.all(writes)
      expect(await one.get('1')).toBe('v2')
    }
  })
})

describe('what the writer answers', () => {
  test('is cached instead of the value if it says so, with its own lifetime; anything else is ignored', async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<string>('users')
    await users.writeThrough('1', 'given', () => cached('as the source has it', { ttl: '1s' }))
    expect(await users.get('1')).toBe('as the source has it')
    await clock.advance(1_001)
    expect(await users.get('1')).toBeUndefined()
    for (const answer of ['other', new Map([['9', 'foreign']]), [1, 2], null]) {
      await users.writeThrough('1', 'given', () => answer)
      expect(await users.get('1')).toBe('given')
    }
  })

  test('that cannot be cached is reported, and the key left absent: the source has changed', async () => {
    const { node, errors } = makeWorld()
    const users = (await node()).cache<unknown>('users')
    expect(await users.writeThrough('1', 'given', () => cached(() => {}, {}))).toBe('superseded')
    expect(await users.get('1')).toBeUndefined()
    expect(errors).toEqual([expect.any(Error)])
  })
})

describe('a writer that hangs', () => {
  test('is given up at the hard timeout: its signal aborts and the key is left absent', async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<string>('users', { timeouts: { hard: '5s' } })
    let signal: AbortSignal | undefined
    const write = users.writeThrough('1', 'new', (_key, _value, context) => {
      signal = context.signal
      return new Promise(() => {})
    })
    const outcome = expect(write).rejects.toThrow(WriterTimeoutError)
    await clock.advance(5_000)
    await outcome
    expect(signal?.aborted).toBe(true)
    expect(await users.readThrough('1', () => 'loaded')).toBe('loaded')
    clock.assertIdle()
  })

  test('and writes after all: what was read meanwhile is invalidated again', async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<string>('users', { timeouts: { hard: '5s' } })
    let source = 'old'
    const held = heldLoader<void>()
    const write = users.writeThrough('1', 'new', async () => {
      await held.load()
      source = 'new'
    })
    const outcome = expect(write).rejects.toThrow(WriterTimeoutError)
    await clock.advance(5_000)
    await outcome
    expect(await users.readThrough('1', () => source)).toBe('old')
    held.answer()
    await clock.advance(0)
    expect(await users.readThrough('1', () => source)).toBe('new')
  })

  test('does not hang those behind it for ever either: they are told that they were not made', async () => {
    const { node, clock } = makeWorld()
    const users = (await node()).cache<string>('users', { timeouts: { hard: '5s' } })
    const calls: string[] = []
    const first = users.writeThrough('1', 'a', () => new Promise(() => {}), { timeouts: { hard: '60s' } })
    const second = users.writeThrough('1', 'b', () => void calls.push('b'))
    const outcomes = Promise.allSettled([first, second])
    await clock.advance(60_000)
    const [a, b] = await outcomes
    expect([a?.status, b?.status, calls]).toEqual(['rejected', 'rejected', []])
    expect(String((b as PromiseRejectedResult).reason)).toContain('was not made')
    expect(await users.writeThrough('1', 'c', () => {})).toBe('stored')
  })

  test('ends when the caller aborts; before its turn the writer never runs', async () => {
    const { node } = makeWorld()
    const users = (await node()).cache<string>('users')
    const controller = new AbortController()
    const calls: string[] = []
    const options = { signal: controller.signal }
    const first = users.writeThrough('1', 'a', () => (calls.push('a'), new Promise(() => {})), options)
    const second = users.writeThrough('1', 'b', () => void calls.push('b'), options)
    const outcomes = Promise.allSettled([first, second])
    await settle()
    controller.abort(new RangeError('enough'))
    for (const outcome of await outcomes) expect(String((outcome as PromiseRejectedResult).reason)).toContain('enough')
    await expect(users.writeThrough('1', 'c', () => void calls.push('c'), options)).rejects.toThrow('enough')
    expect(calls).toEqual(['a'])
  })
})

describe('without the backend', () => {
  test.each(['reject', 'hang'] as const)('the source is not touched, and the caller is told (%s)', async (mode) => {
    const world = makeWorld()
    const l2 = breakable(world)
    const users = (await world.node({ l2 })).cache<string>('users')
    let calls = 0
    l2.mode = mode
    const write = users.writeThrough('1', 'new', () => void calls++)
    const outcome = expect(write).rejects.toThrow(mode === 'hang' ? StoreTimeoutError : StoreUnavailableError)
    await world.clock.advance(10_000)
    await outcome
    expect(calls).toBe(0)
  })

  test("with onUnavailable 'queue' the source is changed, and the removal waits until after that", async () => {
    const world = makeWorld()
    const l2 = breakable(world)
    const users = (await world.node({ l2 })).cache<string>('users', { onUnavailable: 'queue' })
    const other = (await world.node()).cache<string>('users')
    await other.readThrough('1', () => 'old')
    l2.mode = 'reject'
    let source = 'old'
    expect(await users.writeThrough('1', 'new', () => void (source = 'new'))).toBe('queued')
    expect(source).toBe('new')
    l2.mode = 'up'
    await world.clock.advance(5_000)
    expect(await other.get('1')).toBeUndefined()
  })

  test('a store that fails when the source has changed leaves the key absent if it can, and says so if it cannot', async () => {
    const world = makeWorld()
    const l2 = breakable(world)
    const users = (await world.node({ l2 })).cache<string>('users')
    const write = users.writeThrough('1', 'new', () => void (l2.mode = 'reject'))
    await expect(write).rejects.toThrow(StoreUnavailableError)
    l2.mode = 'up'
    expect(await users.get('1')).toBeUndefined()
  })
})

test('bad arguments reject before the source is touched', async () => {
  const { node } = makeWorld()
  const caches = await node()
  const users = caches.cache<unknown>('users')
  let calls = 0
  const writer = (): void => void calls++
  await expect(users.writeThrough('1', undefined, writer)).rejects.toThrow('undefined')
  await expect(users.writeThrough('1', () => {}, writer)).rejects.toThrow()
  await expect(users.writeThrough('1', 'x', 'writer' as never)).rejects.toThrow('writer must be a function')
  await expect(users.writeThrough('1', 'x')).rejects.toThrow('no write option')
  await expect(users.writeThrough('1', 'x', writer, { ttl: 0 })).rejects.toThrow('ttl')
  await expect(users.writeThrough({} as never, 'x', writer)).rejects.toThrow('key')
  expect(() => caches.cache('w', { write: 1 as never })).toThrow('write must be a function')
  expect(calls).toBe(0)
})

test('close during a write lets it end, and later ones reject', async () => {
  const { node } = makeWorld()
  const caches = await node()
  const users = caches.cache<string>('users')
  const held = heldLoader<void>()
  const write = users.writeThrough('1', 'new', held.load)
  const outcome = Promise.allSettled([write])
  await settle()
  const closed = caches.close()
  held.answer()
  await closed
  expect((await outcome)[0]?.status).toMatch(/fulfilled|rejected/)
  await expect(users.writeThrough('1', 'x', () => {})).rejects.toThrow(CacheClosedError)
})

test('every outcome is told as a set event', async () => {
  const { node } = makeWorld()
  const users = (await node()).cache<string>('users', { write: () => {} })
  const results: string[] = []
  users.on('set', ({ key, result }) => results.push(`${key} ${result}`))
  await users.writeThrough('1', 'a')
  await users.writeThrough('2', 'a', async () => void (await users.delete('2')))
  await users.writeThrough('3', 'a', () => Promise.reject(new Error('no'))).catch(() => {})
  await users.writeBehind('4', 'a', { version: 2 })
  await users.writeBehind('4', 'a', { version: 1 })
  expect(results).toEqual(['1 stored', '2 superseded', '4 stored', '4 superseded'])
  expect(users.stats().sets).toBe(4)
})
