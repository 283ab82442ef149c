import { LockTimeoutError, StoreTimeoutError, StoreUnavailableError } from '@larder/core'
import type { Lock } from '@larder/core'
import { describe, expect, test, vi } from 'vitest'
import { expectNoUnheardRejection, held, makeLockWorld, watch } from './lock-world.ts'

expectNoUnheardRejection()

describe('waiting', () => {
  test('ends as soon as the lock is released, in this process and in another', async () => {
    for (const where of ['users', 'others'] as const) {
      const world = makeLockWorld()
      const lock = (await (where === 'users' ? world.users : world.others.cache('users')).tryLock('42', '1h')) as Lock
      const waiting = watch(world.users.withLock('42', { ttl: '10s', wait: '1h' }, () => 'mine'))
      await world.clock.advance(600_000)
      expect(waiting.state).toBe('pending')
      await lock.release()
      await world.clock.advance(0)
      expect(waiting.value).toBe('mine')
    }
  })

  test('without notifications a release elsewhere is seen by looking, after a fraction of a second', async () => {
    const { clock, users, others } = makeLockWorld({ watched: false })
    const lock = (await others.cache('users').tryLock('42', '1h')) as Lock
    const waiting = watch(users.withLock('42', { ttl: '10s', wait: '1h' }, () => 'mine'))
    await clock.advance(60_000)
    await lock.release()
    await clock.advance(200)
    expect(waiting.value).toBe('mine')
  })

  test('ends soon after the time of a holder who died', async () => {
    const { clock, users, others } = makeLockWorld()
    await others.cache('users').tryLock('42', '10s')
    const waiting = watch(users.withLock('42', { ttl: '10s' }, () => 'mine'))
    await clock.advance(10_020)
    expect(waiting.value).toBe('mine')
  })

  test('with one signal for many waits never makes Node.js warn of a leak', async () => {
    const { clock, users } = makeLockWorld()
    const warnings: Error[] = []
    const heard = (warning: Error): unknown => warnings.push(warning)
    process.on('warning', heard)
    const leaving = new AbortController()
    const { signal } = leaving
    const waits = Array.from({ length: 20 }, (_, i) => users.tryLock(String(i), '1h', { signal }))
    await Promise.all(waits)
    const waiting = watch(
      Promise.allSettled(waits.map((_, i) => users.withLock(String(i), { ttl: '10s', signal }, () => 'mine'))),
    )
    await clock.advance(100)
    await new Promise(setImmediate)
    leaving.abort(new Error('the request was cancelled'))
    await clock.advance(0)
    process.off('warning', heard)
    expect(warnings).toEqual([])
    expect((waiting.value as PromiseSettledResult<string>[]).map(({ status }) => status)).toEqual(
      Array.from({ length: 20 }, () => 'rejected'),
    )
  })

  test('ends at its deadline with a LockTimeoutError, and the body does not run', async () => {
    const { clock, users, others } = makeLockWorld()
    await others.cache('users').tryLock('42', '1h')
    const body = vi.fn()
    const waiting = watch(users.withLock('42', { ttl: '10s', wait: '5s' }, body))
    await clock.advance(4_999)
    expect(waiting.state).toBe('pending')
    await clock.advance(1)
    expect(waiting.error).toBeInstanceOf(LockTimeoutError)
    expect(waiting.error).toMatchObject({ code: 'ERR_LARDER_LOCK_TIMEOUT', key: 'users:42' })
    expect(body).not.toHaveBeenCalled()
    clock.assertIdle()
  })

  test('with wait: 0 tries once', async () => {
    const { users, others, locks } = makeLockWorld()
    await others.cache('users').tryLock('42', '1h')
    await expect(users.withLock('42', { ttl: '10s', wait: 0 }, () => 'mine')).rejects.toThrow(LockTimeoutError)
    expect(locks.calls).toEqual(['acquire'])
  })

  test('an attempt that is under way at the deadline is given back', async () => {
    const { clock, users, others, locks } = makeLockWorld()
    const lock = (await others.cache('users').tryLock('42', '1h')) as Lock
    const waiting = watch(users.withLock('42', { ttl: '1h', wait: '5s' }, () => 'mine'))
    await clock.advance(4_900)
    locks.mode = 'late'
    await lock.release()
    await clock.advance(100)
    expect(waiting.error).toBeInstanceOf(LockTimeoutError)
    locks.mode = 'up'
    locks.deliver()
    await clock.advance(0)
    expect(await others.cache('users').tryLock('42', '1h')).toBeDefined()
  })

  test('ends with the reason of an abort, at once', async () => {
    const { clock, users, others } = makeLockWorld()
    await others.cache('users').tryLock('42', '1h')
    const controller = new AbortController()
    const first = watch(users.withLock('42', { ttl: '10s', signal: controller.signal }, () => 'mine'))
    const second = watch(users.withLock('42', { ttl: '10s', signal: controller.signal }, () => 'mine'))
    await clock.advance(100)
    controller.abort('enough')
    await clock.advance(0)
    expect([first.error, second.error]).toEqual(['enough', 'enough'])
    clock.assertIdle()
  })

  test('an abort during the body does not concern the lock', async () => {
    const { users } = makeLockWorld()
    const controller = new AbortController()
    const aborted = await users.withLock('42', { ttl: '10s', signal: controller.signal }, (lock) => {
      controller.abort()
      return lock.signal.aborted
    })
    expect(aborted).toBe(false)
  })

  test('those who wait in one process get the lock in the order in which they came', async () => {
    const { clock, users } = makeLockWorld()
    const order: number[] = []
    const first = held()
    const all = [users.withLock('42', { ttl: '10s' }, first.body)]
    await clock.advance(0)
    for (let i = 0; i < 20; i++) all.push(users.withLock('42', { ttl: '10s' }, async () => String(order.push(i))))
    await clock.advance(1_000)
    first.end()
    await clock.advance(0)
    await Promise.all(all)
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  test('one who gives up lets those behind him pass', async () => {
    const { clock, users } = makeLockWorld()
    const first = held()
    const controller = new AbortController()
    const running = users.withLock('42', { ttl: '10s' }, first.body)
    await clock.advance(0)
    const impatient = watch(users.withLock('42', { ttl: '10s', wait: '1s' }, () => 'impatient'))
    const aborting = watch(users.withLock('42', { ttl: '10s', signal: controller.signal }, () => 'aborting'))
    const patient = watch(users.withLock('42', { ttl: '10s' }, () => 'patient'))
    await clock.advance(1_000)
    expect(impatient.error).toBeInstanceOf(LockTimeoutError)
    controller.abort('enough')
    await clock.advance(0)
    expect(aborting.error).toBe('enough')
    first.end()
    await running
    await clock.advance(0)
    expect(patient.value).toBe('patient')
  })

  test('many who wait in one process cost one request at a time', async () => {
    const { clock, users, others, locks } = makeLockWorld()
    await others.cache('users').tryLock('42', '1h')
    const waiting = Array.from({ length: 100 }, () => watch(users.withLock('42', { ttl: '10s', wait: '10s' }, () => 1)))
    await clock.advance(10_000)
    expect(waiting.every(({ error }) => error instanceof LockTimeoutError)).toBe(true)
    expect(locks.calls.length).toBeLessThan(40)
  })

  test('goes on through an outage of a few seconds', async () => {
    const { clock, users, locks } = makeLockWorld()
    locks.mode = 'reject'
    const waiting = watch(users.withLock('42', { ttl: '10s' }, () => 'mine'))
    await clock.advance(3_000)
    expect(waiting.state).toBe('pending')
    locks.mode = 'up'
    await clock.advance(1_500)
    expect(waiting.value).toBe('mine')
  })

  test.each(['reject', 'hang'] as const)('ends with the error of a backend that stays away (%s)', async (mode) => {
    const { clock, users, locks } = makeLockWorld()
    locks.mode = mode
    const long = watch(users.withLock('1', { ttl: '10s', wait: 'forever' }, () => 'mine'))
    const short = watch(users.withLock('2', { ttl: '10s', wait: '3s' }, () => 'mine'))
    await clock.advance(3_000)
    expect(short.error).toBeInstanceOf(mode === 'reject' ? StoreUnavailableError : StoreTimeoutError)
    await clock.advance(5_000)
    expect(long.error).toBeInstanceOf(mode === 'reject' ? StoreUnavailableError : StoreTimeoutError)
    clock.assertIdle()
  })
})
