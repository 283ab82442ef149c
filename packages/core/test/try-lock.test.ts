import {
  createCache,
  createCacheManager,
  LockLostError,
  memory,
  StoreTimeoutError,
  StoreUnavailableError,
} from '@larder/core'
import type { Lock } from '@larder/core'
import { FakeClock } from '@larder/testing'
import { describe, expect, test, vi } from 'vitest'
import { expectNoUnheardRejection, makeLockWorld, watch } from './lock-world.ts'

expectNoUnheardRejection()

describe('tryLock', () => {
  test('gives a lock to one, and nothing to others until it is released', async () => {
    const { users, others } = makeLockWorld()
    const lock = await users.tryLock('42', '10s')
    expect(lock?.key).toBe('users:42')
    expect(await users.tryLock('42', '10s')).toBeUndefined()
    expect(await others.cache('users').tryLock('42', '10s')).toBeUndefined()
    expect(await lock?.release()).toBe(true)
    const next = await others.cache('users').tryLock('42', '10s')
    expect(next?.fencingToken).toBeGreaterThan(lock?.fencingToken as number)
  })

  test('locks of different caches, of managers and of namespaces are different locks', async () => {
    const clock = new FakeClock()
    const backend = memory({ clock })
    const one = createCacheManager({ l2: backend, clock, namespace: 'a' })
    const other = createCacheManager({ l2: backend, clock, namespace: 'a:b' })
    const taken = [
      await one.tryLock('42', '1m'),
      await one.tryLock('users:42', '1m'),
      await one.tryLock(':42', '1m'),
      await one.cache('users').tryLock('42', '1m'),
      await one.cache('users:42').tryLock('', '1m'),
      await one.cache('us').tryLock('ers:42', '1m'),
      await one.cache('users').tryLock('42}:lock', '1m'),
      await one.cache('users').tryLock('42:lock', '1m'),
      await one.cache('b').tryLock('x', '1m'),
      await other.tryLock('42', '1m'),
      await other.cache('users').tryLock('42', '1m'),
    ]
    expect(taken.filter((lock) => lock === undefined)).toEqual([])
    await Promise.all([one.close(), other.close()])
  })

  test('a lock is held until just before its time is over on the server, and its signal tells at once', async () => {
    const { clock, users, others } = makeLockWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    await clock.advance(9_800)
    expect(lock.signal.aborted).toBe(false)
    const aborted = vi.fn()
    lock.signal.addEventListener('abort', aborted)
    await clock.advance(100)
    expect(aborted).toHaveBeenCalledOnce()
    expect(lock.signal.reason).toBeInstanceOf(LockLostError)
    expect((lock.signal.reason as LockLostError).key).toBe('users:42')
    expect(await others.cache('users').tryLock('42', '10s')).toBeUndefined()
    await clock.advance(100)
    expect(await others.cache('users').tryLock('42', '10s')).toBeDefined()
  })

  test('it is not extended by itself, but by extend(), counted from now', async () => {
    const { clock, users } = makeLockWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    await clock.advance(9_000)
    await lock.extend()
    await clock.advance(9_000)
    expect(lock.signal.aborted).toBe(false)
    await lock.extend('1m')
    await clock.advance(59_000)
    expect(lock.signal.aborted).toBe(false)
    await clock.advance(1_000)
    expect(lock.signal.aborted).toBe(true)
    await expect(lock.extend()).rejects.toThrow(LockLostError)
  })

  test('release() tells whether the lock was still held', async () => {
    const { clock, users } = makeLockWorld()
    const [one, two] = [(await users.tryLock('1', '10s')) as Lock, (await users.tryLock('2', '10s')) as Lock]
    expect(await one.release()).toBe(true)
    expect(await one.release()).toBe(false)
    expect(one.signal.aborted).toBe(false)
    await clock.advance(10_000)
    expect(await two.release()).toBe(false)
    await expect(one.extend()).rejects.toThrow(LockLostError)
  })

  test('release() of a lock that the server forgot says that it was not held any more', async () => {
    const { users, locks } = makeLockWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    vi.spyOn(locks, 'release').mockResolvedValue(false)
    expect(await lock.release()).toBe(false)
  })

  test('a release with unknown outcome rejects, and can be repeated', async () => {
    const { users, locks, others } = makeLockWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    locks.mode = 'reject'
    await expect(lock.release()).rejects.toThrow(StoreUnavailableError)
    locks.mode = 'up'
    expect(await lock.release()).toBe(true)
    expect(await others.cache('users').tryLock('42', '10s')).toBeDefined()
  })

  test('an extension with unknown outcome rejects and changes nothing', async () => {
    const { clock, users, locks } = makeLockWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    await clock.advance(5_000)
    locks.mode = 'reject'
    await expect(lock.extend()).rejects.toThrow(StoreUnavailableError)
    expect(lock.signal.aborted).toBe(false)
    await clock.advance(4_900)
    expect(lock.signal.aborted).toBe(true)
  })

  test('an extension that the server refuses loses the lock at once', async () => {
    const { users, locks } = makeLockWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    vi.spyOn(locks, 'extend').mockResolvedValue(false)
    await expect(lock.extend()).rejects.toThrow(LockLostError)
    expect(lock.signal.aborted).toBe(true)
    expect(lock.signal.reason).toBeInstanceOf(LockLostError)
  })

  test('a lock whose grant comes after its time is not handed out, and not kept', async () => {
    const { clock, users, locks } = makeLockWorld()
    locks.mode = 'late'
    const asked = users.tryLock('42', 500)
    await clock.advance(496)
    locks.deliver()
    expect(await asked).toBeUndefined()
    expect(locks.calls).toEqual(['acquire', 'release'])
  })

  test('the time of a lock counts from when it was asked for, not from the answer', async () => {
    const { clock, users, locks } = makeLockWorld()
    locks.mode = 'late'
    const asked = users.tryLock('42', '10s')
    await clock.advance(900)
    locks.deliver()
    const lock = (await asked) as Lock
    await clock.advance(9_000)
    expect(lock.signal.aborted).toBe(true)
  })

  test('the time of an extension counts from when it was asked for, too', async () => {
    const { clock, users, locks } = makeLockWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    await clock.advance(5_000)
    locks.mode = 'late'
    const extending = lock.extend()
    await clock.advance(900)
    locks.deliver()
    await extending
    await clock.advance(8_950)
    expect(lock.signal.aborted).toBe(false)
    await clock.advance(50)
    expect(lock.signal.aborted).toBe(true)
  })

  test('a grant whose answer was lost is given back, and never counts as held', async () => {
    const { clock, users, locks, others } = makeLockWorld()
    locks.mode = 'late'
    const asked = watch(users.tryLock('42', '10m'))
    await clock.advance(1_000)
    expect(asked.error).toBeInstanceOf(StoreTimeoutError)
    expect(locks.calls).toEqual(['acquire', 'release'])
    expect(await others.cache('users').tryLock('42', '10s')).toBeDefined()
  })

  test('an aborted attempt rejects with the reason, and gives back what it gets', async () => {
    const { clock, users, locks, others } = makeLockWorld()
    locks.mode = 'late'
    const controller = new AbortController()
    const asked = users.tryLock('42', '10m', { signal: controller.signal })
    controller.abort('enough')
    await expect(asked).rejects.toBe('enough')
    expect(locks.calls).toEqual(['acquire'])
    locks.mode = 'up'
    locks.deliver()
    await clock.advance(0)
    expect(locks.calls).toEqual(['acquire', 'release'])
    expect(await others.cache('users').tryLock('42', '10s')).toBeDefined()
    await expect(users.tryLock('42', '10s', { signal: controller.signal })).rejects.toBe('enough')
    expect(locks.calls).toHaveLength(2)
  })

  test('fails as its backend does', async () => {
    const { clock, users, locks } = makeLockWorld()
    locks.mode = 'reject'
    await expect(users.tryLock('42', '10s')).rejects.toThrow(StoreUnavailableError)
    locks.mode = 'hang'
    const asked = watch(users.tryLock('42', '10s'))
    await clock.advance(1_000)
    expect(asked.error).toBeInstanceOf(StoreTimeoutError)
  })

  test('`await using` releases the lock, and never throws because of that', async () => {
    const { users, locks, errors } = makeLockWorld()
    {
      await using lock = await users.tryLock('42', '10s')
      expect(lock).toBeDefined()
    }
    {
      await using lock = await users.tryLock('42', '10s')
      expect(lock).toBeDefined()
      locks.mode = 'reject'
    }
    expect(errors).toEqual([expect.any(StoreUnavailableError)])
  })
})

describe('a signal', () => {
  test('is aborted for who looks after a pause, before any timer has run', async () => {
    // Like a process that was stopped: time has passed, and nothing has run yet.
    const clock = new FakeClock()
    let pausedMs = 0
    const paused = Object.assign(Object.create(clock) as FakeClock, {
      now: () => clock.now() + pausedMs,
      monotonic: () => clock.monotonic() + pausedMs,
      after: clock.after.bind(clock),
    })
    await using users = createCache<string>('users', { l2: memory({ clock: paused }), clock: paused })
    const lock = (await users.tryLock('42', '10s')) as Lock
    const { signal } = lock
    const heard = vi.fn()
    signal.addEventListener('abort', heard)
    pausedMs = 20_000
    expect(signal.aborted).toBe(true)
    expect(heard).toHaveBeenCalledOnce()
    expect(signal.reason).toBeInstanceOf(LockLostError)
    expect(() => signal.throwIfAborted()).toThrow(LockLostError)
    await expect(lock.extend()).rejects.toThrow(LockLostError)
  })

  test('throws by itself after a pause, if that is what is asked first', async () => {
    const { clock, users } = makeLockWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    const monotonic = vi.spyOn(clock, 'monotonic').mockReturnValue(clock.monotonic() + 20_000)
    expect(() => lock.signal.throwIfAborted()).toThrow(LockLostError)
    monotonic.mockRestore()
    expect(lock.signal.aborted).toBe(true)
  })

  test('stays aborted although the server would still extend', async () => {
    const { clock, users, locks } = makeLockWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    locks.mode = 'late'
    const extending = lock.extend()
    await clock.advance(500)
    // The server has extended it; the answer comes after the time that was known before.
    const monotonic = vi.spyOn(clock, 'monotonic').mockReturnValue(clock.monotonic() + 9_500)
    expect(lock.signal.aborted).toBe(true)
    monotonic.mockRestore()
    locks.deliver()
    await expect(extending).rejects.toThrow(LockLostError)
    expect(lock.signal.aborted).toBe(true)
  })

  test('does not heed jumps of the wall clock', async () => {
    const { clock, users } = makeLockWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    clock.jumpWall(3_600_000)
    expect(lock.signal.aborted).toBe(false)
    clock.jumpWall(-7_200_000)
    await clock.advance(9_900)
    expect(lock.signal.aborted).toBe(true)
  })
})
