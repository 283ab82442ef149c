import {
  CacheClosedError,
  createCache,
  createCacheManager,
  InvalidKeyError,
  memory,
  UnsupportedError,
} from '@larder/core'
import type { Lock } from '@larder/core'
import type { Locks } from '@larder/core/contracts'
import { describe, expect, test } from 'vitest'
import { expectNoUnheardRejection, held, makeLockWorld, SwitchedLocks, watch } from './lock-world.ts'

expectNoUnheardRejection()

describe('close()', () => {
  test('rejects those who wait with a CacheClosedError, at once', async () => {
    const { clock, caches, users, others } = makeLockWorld()
    await others.cache('users').tryLock('42', '1h')
    await others.tryLock('job', '1h')
    const waiting = [
      watch(users.withLock('42', { ttl: '10s' }, () => 'mine')),
      watch(users.withLock('42', { ttl: '10s' }, () => 'mine')),
      watch(caches.withLock('job', { ttl: '10s' }, () => 'mine')),
    ]
    await clock.advance(0)
    const closing = caches.close()
    await clock.advance(0)
    for (const { error } of waiting) expect(error).toBeInstanceOf(CacheClosedError)
    await closing
    await expect(users.tryLock('42', '10s')).rejects.toThrow(CacheClosedError)
    await expect(caches.withLock('job', { ttl: '10s' }, () => 'mine')).rejects.toThrow(CacheClosedError)
  })

  test('waits for bodies that run, and they keep their locks', async () => {
    const { clock, caches, users, others } = makeLockWorld()
    const { body, lock, end } = held()
    const running = watch(users.withLock('42', { ttl: '1s' }, body))
    await clock.advance(0)
    const closing = watch(caches.close({ deadline: '1m' }))
    await clock.advance(30_000)
    expect(closing.state).toBe('pending')
    expect(lock().signal.aborted).toBe(false)
    expect(await others.cache('users').tryLock('42', '1s')).toBeUndefined()
    end()
    await clock.advance(0)
    expect([running.value, closing.state]).toEqual(['done', 'resolved'])
    expect(await others.cache('users').tryLock('42', '1s')).toBeDefined()
  })

  test('after its deadline takes the lock from a body that does not end, tells it, and releases', async () => {
    const { clock, caches, users, others, errors } = makeLockWorld()
    const { body, lock, end } = held()
    const running = watch(users.withLock('42', { ttl: '1h' }, body))
    await clock.advance(0)
    const closing = watch(caches.close({ deadline: '5s' }))
    await clock.advance(5_000)
    expect(closing.state).toBe('resolved')
    expect(lock().signal.reason).toBeInstanceOf(CacheClosedError)
    expect(running.error).toBeInstanceOf(CacheClosedError)
    expect(await others.cache('users').tryLock('42', '1s')).toBeDefined()
    end()
    await clock.advance(1_000)
    expect(errors).toEqual([])
  })

  test('releases locks of tryLock, and aborts their signals first', async () => {
    const { clock, caches, users, others } = makeLockWorld()
    const lock = (await users.tryLock('42', '1h')) as Lock
    const order: string[] = []
    lock.signal.addEventListener('abort', () => order.push('told'))
    await caches.close()
    expect(order).toEqual(['told'])
    expect(await others.cache('users').tryLock('42', '1s')).toBeDefined()
    expect(await lock.release()).toBe(false)
    await clock.advance(0)
  })

  test('gives back what attempts under way get', async () => {
    const { clock, caches, users, others, locks } = makeLockWorld()
    locks.mode = 'late'
    const trying = watch(users.tryLock('42', '1h'))
    await clock.advance(0)
    const closing = watch(caches.close())
    await clock.advance(0)
    expect(trying.error).toBeInstanceOf(CacheClosedError)
    locks.mode = 'up'
    locks.deliver()
    await clock.advance(0)
    expect(closing.state).toBe('resolved')
    expect(await others.cache('users').tryLock('42', '1s')).toBeDefined()
  })

  test('of a hanging backend ends', async () => {
    const { clock, caches, users, locks } = makeLockWorld()
    await users.tryLock('42', '1h')
    locks.mode = 'hang'
    const trying = watch(users.tryLock('43', '1h'))
    const closing = watch(caches.close())
    await clock.advance(3_000)
    expect([trying.state, closing.state]).toEqual(['rejected', 'resolved'])
  })

  test('of one cache leaves what is held to its holder, and the other caches alone', async () => {
    const { clock, caches, users } = makeLockWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    await users.close()
    expect(lock.signal.aborted).toBe(false)
    expect(await lock.release()).toBe(true)
    await expect(users.tryLock('42', '10s')).rejects.toThrow(CacheClosedError)
    expect(await caches.cache('posts').tryLock('42', '10s')).toBeDefined()
    await clock.advance(0)
  })

  test('closes locks that were given to the manager with the last manager that uses them', async () => {
    const locks = new SwitchedLocks(memory().locks as Locks)
    const [one, other] = [createCacheManager({ locks }), createCacheManager({ locks })]
    await one.close()
    expect(locks.calls).toEqual([])
    await other.close()
    expect(locks.calls).toEqual(['close'])
  })
})

describe('bad input', () => {
  const ttls = [0, -1, -0, Number.NaN, Infinity, 2 ** 31, 2 ** 40, 'forever', '25d', '5 s', '', null, undefined, {}, 5n]

  test.each(ttls)('a ttl of %s is refused at the door', async (ttl) => {
    const { users, caches, locks } = makeLockWorld()
    await expect(users.tryLock('42', ttl as never)).rejects.toThrow(/ttl/)
    await expect(caches.tryLock('42', ttl as never)).rejects.toThrow(TypeError)
    await expect(users.withLock('42', { ttl: ttl as never }, () => 1)).rejects.toThrow(TypeError)
    expect(locks.calls).toEqual([])
    const lock = (await users.tryLock('42', '1s')) as Lock
    if (ttl !== undefined) await expect(lock.extend(ttl as never)).rejects.toThrow(TypeError)
    expect(lock.signal.aborted).toBe(false)
  })

  test('the shortest and the longest ttl are accepted', async () => {
    const { users } = makeLockWorld()
    expect(await users.tryLock('1', 1)).toBeDefined()
    expect(await users.tryLock('2', 2 ** 31 - 1)).toBeDefined()
  })

  test('other wrong arguments are refused at the door', async () => {
    const { users, caches, locks } = makeLockWorld()
    for (const options of [{ wait: -1 }, { wait: Number.NaN }, { extend: 0 }, { extend: true }, { signal: {} }, { signal: null }])
      await expect(users.withLock('42', { ttl: '1s', ...options } as never, () => 1), JSON.stringify(options)).rejects.toThrow(TypeError) // prettier-ignore
    await expect(users.withLock('42', undefined as never, () => 1)).rejects.toThrow(TypeError)
    for (const body of [undefined, null, 'x']) await expect(users.withLock('42', { ttl: '1s' }, body as never)).rejects.toThrow(/body/) // prettier-ignore
    await expect(users.tryLock('42', '1s', null as never)).rejects.toThrow(TypeError)
    await expect(users.tryLock('42', '1s', { signal: 1 as never })).rejects.toThrow(/signal/)
    for (const name of ['', undefined, null, 7, {}, 'k'.repeat(70_000)])
      await expect(caches.tryLock(name as never, '1s')).rejects.toThrow(InvalidKeyError)
    await expect(users.tryLock({} as never, '1s')).rejects.toThrow(InvalidKeyError)
    expect(locks.calls).toEqual([])
    for (const bad of [null, 7, {}, { acquire: () => {} }])
      expect(() => createCacheManager({ locks: bad as never })).toThrow(/locks/)
  })

  test('a backend without locks refuses them, and says what to do', async () => {
    const { locks: _, ...backend } = memory()
    await using users = createCache<string>('users', { l2: backend })
    await expect(users.tryLock('42', '1s')).rejects.toThrow(UnsupportedError)
    await expect(users.withLock('42', { ttl: '1s' }, () => 1)).rejects.toThrow(/locks/)
  })

  test('keys of any characters are different locks', async () => {
    const { users } = makeLockWorld()
    const odd = ['', ' ', ':', '{', '}', '%7B', '\0', '\ud800', '\udc00', '\ufffd', '😀', 'k'.repeat(10_000)]
    for (const key of odd) expect(await users.tryLock(key, '1m'), JSON.stringify(key.slice(0, 9))).toBeDefined()
    for (const key of odd) expect(await users.tryLock(key, '1m')).toBeUndefined()
  })
})
