import { LockLostError, StoreTimeoutError, StoreUnavailableError } from '@larder/core'
import { describe, expect, test, vi } from 'vitest'
import { expectNoUnheardRejection, held, makeLockWorld, watch } from './lock-world.ts'

expectNoUnheardRejection()

describe('withLock', () => {
  test('runs the body under the lock, and answers what it answers', async () => {
    const { users, others } = makeLockWorld()
    const result = await users.withLock('42', { ttl: '10s' }, async (lock) => {
      expect(await others.cache('users').tryLock('42', '1s')).toBeUndefined()
      return [lock.key, lock.signal.aborted]
    })
    expect(result).toEqual(['users:42', false])
    expect(await others.cache('users').tryLock('42', '1s')).toBeDefined()
  })

  test('a body that throws, at once or later, and one that is not async, end the lock as well', async () => {
    const { users } = makeLockWorld()
    const failure = new Error('mine')
    const bodies = [
      () => {
        throw failure
      },
      () => Promise.reject(failure),
    ]
    for (const body of bodies) await expect(users.withLock('42', { ttl: '10s', wait: 0 }, body)).rejects.toBe(failure)
    expect(await users.withLock('42', { ttl: '10s', wait: 0 }, () => 7)).toBe(7)
    expect(await users.tryLock('42', '1s')).toBeDefined()
  })

  test('a failing release hides neither the result nor the error of the body, and is reported', async () => {
    const { users, locks, errors } = makeLockWorld()
    const breaking =
      <R>(then: () => R) =>
      (): R => {
        locks.mode = 'reject'
        return then()
      }
    expect(
      await users.withLock(
        '1',
        { ttl: '10s' },
        breaking(() => 'result'),
      ),
    ).toBe('result')
    locks.mode = 'up'
    const failing = users.withLock(
      '2',
      { ttl: '10s' },
      breaking(() => Promise.reject(new Error('mine'))),
    )
    await expect(failing).rejects.toThrow('mine')
    expect(errors).toEqual([expect.any(StoreUnavailableError), expect.any(StoreUnavailableError)])
  })

  test('a hanging release delays the result for as long as one operation may take, not longer', async () => {
    const { clock, users, locks, errors } = makeLockWorld()
    const result = watch(
      users.withLock('42', { ttl: '10s' }, () => {
        locks.mode = 'hang'
        return 'result'
      }),
    )
    await clock.advance(999)
    expect(result.state).toBe('pending')
    await clock.advance(1)
    expect(result.value).toBe('result')
    expect(errors).toEqual([expect.any(StoreTimeoutError)])
  })

  test('a body may release the lock itself', async () => {
    const { users, errors } = makeLockWorld()
    expect(await users.withLock('42', { ttl: '10s' }, (lock) => lock.release())).toBe(true)
    expect(errors).toEqual([])
  })

  test('the lock is extended while the body runs', async () => {
    const { clock, users, others } = makeLockWorld()
    const { body, lock, end } = held()
    const result = watch(users.withLock('42', { ttl: '10s' }, body))
    for (let i = 0; i < 60; i++) {
      await clock.advance(5_000)
      expect(lock().signal.aborted).toBe(false)
      expect(await others.cache('users').tryLock('42', '1s')).toBeUndefined()
    }
    end()
    await clock.advance(0)
    expect(result.value).toBe('done')
  })

  test('it is extended no longer than `extend` allows, then lost', async () => {
    const { clock, users, others, errors } = makeLockWorld()
    const { body, lock, end } = held()
    const result = watch(users.withLock('42', { ttl: '10s', extend: '1m' }, body))
    await clock.advance(59_000)
    expect(lock().signal.aborted).toBe(false)
    await clock.advance(1_000)
    expect(lock().signal.aborted).toBe(true)
    expect(await others.cache('users').tryLock('42', '1s')).toBeDefined()
    expect(result.state).toBe('pending')
    end('late')
    await clock.advance(0)
    expect(result.value).toBe('late')
    expect(errors).toEqual([expect.any(LockLostError)])
  })

  test.each([false, '5s'] as const)('it is not extended with extend: %s', async (extend) => {
    const { clock, users } = makeLockWorld()
    const { body, lock, end } = held()
    const result = watch(users.withLock('42', { ttl: '10s', extend }, body))
    await clock.advance(9_800)
    expect(lock().signal.aborted).toBe(false)
    await clock.advance(200)
    expect(lock().signal.aborted).toBe(true)
    end()
    await clock.advance(0)
    expect(result.state).toBe('resolved')
  })

  test('an extension that fails is tried again in time', async () => {
    const { clock, users, locks } = makeLockWorld()
    const { body, lock, end } = held()
    const result = watch(users.withLock('42', { ttl: '10s' }, body))
    await clock.advance(3_000)
    locks.mode = 'reject'
    await clock.advance(6_000)
    locks.mode = 'up'
    await clock.advance(20_000)
    expect(lock().signal.aborted).toBe(false)
    end()
    await clock.advance(0)
    expect(result.state).toBe('resolved')
  })

  test.each(['reject', 'hang'] as const)('a backend that goes away (%s) loses the lock in time', async (mode) => {
    const { clock, users, locks, errors } = makeLockWorld()
    const { body, lock, end } = held()
    const result = watch(users.withLock('42', { ttl: '10s' }, body))
    await clock.advance(1_000)
    locks.mode = mode
    await clock.advance(8_800)
    expect(lock().signal.aborted).toBe(false)
    await clock.advance(100)
    expect(lock().signal.aborted).toBe(true)
    end()
    await clock.advance(1_000)
    expect(result.state).toBe('resolved')
    expect(errors).toEqual([expect.any(LockLostError)])
  })

  test('a lock that the server lost is noticed by the next extension', async () => {
    const { clock, users, locks } = makeLockWorld()
    const { body, lock, end } = held()
    const result = watch(users.withLock('42', { ttl: '9s' }, body))
    await clock.advance(2_000)
    vi.spyOn(locks, 'extend').mockResolvedValue(false)
    await clock.advance(1_000)
    expect(lock().signal.aborted).toBe(true)
    end()
    await clock.advance(0)
    expect(result.state).toBe('resolved')
  })
})
