import { describe, expect, test } from 'vitest'
import { settle, steppedWorld } from './stepped.ts'

const reason = new Error('the request was cancelled')

describe('a caller who leaves', () => {
  test('does not stop an invalidation: it is carried out all the same', async () => {
    const world = steppedWorld()
    const here = await world.node()
    const there = await world.node()
    const cache = here.manager.cache<string>('c')
    await cache.set('a', 'A')
    expect(await there.manager.cache<string>('c').readThrough('a')).toBe('A')
    const held = here.hold('drop')
    const leaving = new AbortController()
    const gone = cache.delete('a', { signal: leaving.signal })
    await settle()
    leaving.abort(reason)
    await expect(gone).rejects.toBe(reason)
    await held.execute()
    await held.reply()
    await settle()
    expect(await there.manager.cache<string>('c').get('a')).toBeUndefined()
  })

  test('gets no word of what fails later: that is reported', async () => {
    const world = steppedWorld()
    const { manager, hold } = await world.node().then((node) => ({ manager: node.manager, hold: node.hold.bind(node) }))
    const failures: unknown[] = []
    manager.on('store-error', ({ error }) => failures.push(error))
    const held = hold('drop')
    const leaving = new AbortController()
    const gone = manager.cache<string>('c').set('a', 'A', { signal: leaving.signal })
    await settle()
    leaving.abort(reason)
    await expect(gone).rejects.toBe(reason)
    await held.fail()
    await settle()
    expect(failures).toHaveLength(1)
  })

  test('before anything began leaves nothing behind', async () => {
    const world = steppedWorld()
    const cache = (await world.node()).manager.cache<number>('c')
    await cache.set('a', 1)
    const signal = AbortSignal.abort(reason)
    for (const call of [
      () => cache.set('a', 2, { signal }),
      () => cache.setMany([['a', 2]], { signal }),
      () => cache.delete('a', { signal }),
      () => cache.deleteMany(['a'], { signal }),
      () => cache.expire('a', { signal }),
      () => cache.touch('a', '1h', { signal }),
      () => cache.increment('a', 1, { signal }),
      () => cache.clear({ signal }),
      () => cache.refreshAhead('b', { before: '1m', signal }, () => 7),
      () => cache.readThroughMany(['b'], () => [7], { signal }),
    ]) {
      await expect(call()).rejects.toBe(reason)
    }
    await settle()
    expect(await cache.get('a')).toBe(1)
    await expect(cache.getMany(['zz'], { signal })).rejects.toBe(reason)
  })

  test('needs a signal that is one', async () => {
    const cache = (await steppedWorld().node()).manager.cache<number>('c')
    const signal = { aborted: false } as AbortSignal
    await expect(cache.get('a', { signal })).rejects.toThrow(/signal must be an AbortSignal/)
    await expect(cache.delete('a', { signal })).rejects.toThrow(/signal must be an AbortSignal/)
    await expect(cache.clear({ signal: null as never })).rejects.toThrow(TypeError)
  })
})
