import {
  CacheClosedError,
  createCache,
  createCacheManager,
  InvalidKeyError,
  LockLostError,
  LockTimeoutError,
  memory,
  StoreTimeoutError,
  StoreUnavailableError,
  UnsupportedError,
} from '@larder/core'
import type { Cache, CacheManager, Lock } from '@larder/core'
import type { LockAnswer, LockRequest, Locks } from '@larder/core/contracts'
import { FakeClock, SeededRandom } from '@larder/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'

const unhandled: unknown[] = []
const note = (reason: unknown): void => void unhandled.push(reason)
beforeAll(() => void process.on('unhandledRejection', note))
afterAll(() => void process.off('unhandledRejection', note))
beforeEach(() => void (unhandled.length = 0))
afterEach(() => expect(unhandled).toEqual([]))

/** Locks that a test can break: while a method is `held back`, its calls wait, and are carried out when they are let go. */
class SwitchedLocks implements Locks {
  readonly manifest
  readonly calls: string[] = []
  mode: 'up' | 'reject' | 'hang' | 'late' = 'up'
  readonly #locks: Locks
  #late: (() => void)[] = []

  constructor(locks: Locks) {
    this.#locks = locks
    this.manifest = locks.manifest
  }

  acquire(key: string, request: LockRequest): Promise<LockAnswer> {
    return this.#call('acquire', () => this.#locks.acquire(key, request))
  }

  extend(key: string, token: string, ttlMs: number): Promise<boolean> {
    return this.#call('extend', () => this.#locks.extend(key, token, ttlMs))
  }

  release(key: string, token: string): Promise<boolean> {
    return this.#call('release', () => this.#locks.release(key, token))
  }

  /** Delivers the answers that were held back; what they answer was done at once. */
  deliver(): void {
    for (const deliver of this.#late.splice(0)) deliver()
  }

  async close(): Promise<void> {
    this.calls.push('close')
  }

  #call<R>(name: string, call: () => Promise<R>): Promise<R> {
    this.calls.push(name)
    if (this.mode === 'reject') return Promise.reject(new Error('ECONNREFUSED'))
    if (this.mode === 'hang') return new Promise(() => {})
    if (this.mode === 'up') return call()
    const answer = call()
    return new Promise((resolve) => this.#late.push(() => resolve(answer)))
  }
}

interface World {
  readonly clock: FakeClock
  readonly locks: SwitchedLocks
  readonly errors: unknown[]
  readonly caches: CacheManager
  readonly users: Cache<string>
  /** Another process: it shares the backend, nothing else. */
  readonly others: CacheManager
}

let seed = 0

function makeWorld({ watched = true } = {}): World {
  const clock = new FakeClock()
  const backend = memory({ clock })
  const shared = backend.locks as Locks
  const locks = new SwitchedLocks(shared)
  if (watched) Object.assign(locks, { watch: shared.watch?.bind(shared) })
  const errors: unknown[] = []
  const manager = (own: object): CacheManager =>
    createCacheManager({
      l2: backend,
      clock,
      random: new SeededRandom(++seed),
      onError: (error) => errors.push(error),
      ...own,
    })
  const caches = manager({ locks })
  return { clock, locks, errors, caches, users: caches.cache<string>('users'), others: manager({}) }
}

/** What became of a promise so far. */
function watch<R>(promise: Promise<R>): { state: 'pending' | 'resolved' | 'rejected'; value?: R; error?: unknown } {
  const seen: ReturnType<typeof watch<R>> = { state: 'pending' }
  promise.then(
    (value) => Object.assign(seen, { state: 'resolved', value }),
    (error: unknown) => Object.assign(seen, { state: 'rejected', error }),
  )
  return seen
}

/** A body that runs until it is told to end. */
function held(): { body: (lock: Lock) => Promise<string>; lock: () => Lock; end: (result?: string) => void } {
  let resolve = (_: string): void => {}
  let lock: Lock | undefined
  const done = new Promise<string>((go) => (resolve = go))
  return {
    body: (given) => {
      lock = given
      return done
    },
    lock: () => {
      if (lock === undefined) throw new Error('the body has not begun')
      return lock
    },
    end: (result = 'done') => resolve(result),
  }
}

describe('tryLock', () => {
  test('gives a lock to one, and nothing to others until it is released', async () => {
    const { users, others } = makeWorld()
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
    const { clock, users, others } = makeWorld()
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
    const { clock, users } = makeWorld()
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
    const { clock, users } = makeWorld()
    const [one, two] = [(await users.tryLock('1', '10s')) as Lock, (await users.tryLock('2', '10s')) as Lock]
    expect(await one.release()).toBe(true)
    expect(await one.release()).toBe(false)
    expect(one.signal.aborted).toBe(false)
    await clock.advance(10_000)
    expect(await two.release()).toBe(false)
    await expect(one.extend()).rejects.toThrow(LockLostError)
  })

  test('release() of a lock that the server forgot says that it was not held any more', async () => {
    const { users, locks } = makeWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    vi.spyOn(locks, 'release').mockResolvedValue(false)
    expect(await lock.release()).toBe(false)
  })

  test('a release with unknown outcome rejects, and can be repeated', async () => {
    const { users, locks, others } = makeWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    locks.mode = 'reject'
    await expect(lock.release()).rejects.toThrow(StoreUnavailableError)
    locks.mode = 'up'
    expect(await lock.release()).toBe(true)
    expect(await others.cache('users').tryLock('42', '10s')).toBeDefined()
  })

  test('an extension with unknown outcome rejects and changes nothing', async () => {
    const { clock, users, locks } = makeWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    await clock.advance(5_000)
    locks.mode = 'reject'
    await expect(lock.extend()).rejects.toThrow(StoreUnavailableError)
    expect(lock.signal.aborted).toBe(false)
    await clock.advance(4_900)
    expect(lock.signal.aborted).toBe(true)
  })

  test('an extension that the server refuses loses the lock at once', async () => {
    const { users, locks } = makeWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    vi.spyOn(locks, 'extend').mockResolvedValue(false)
    await expect(lock.extend()).rejects.toThrow(LockLostError)
    expect(lock.signal.aborted).toBe(true)
    expect(lock.signal.reason).toBeInstanceOf(LockLostError)
  })

  test('a lock whose grant comes after its time is not handed out, and not kept', async () => {
    const { clock, users, locks } = makeWorld()
    locks.mode = 'late'
    const asked = users.tryLock('42', 500)
    await clock.advance(496)
    locks.deliver()
    expect(await asked).toBeUndefined()
    expect(locks.calls).toEqual(['acquire', 'release'])
  })

  test('the time of a lock counts from when it was asked for, not from the answer', async () => {
    const { clock, users, locks } = makeWorld()
    locks.mode = 'late'
    const asked = users.tryLock('42', '10s')
    await clock.advance(900)
    locks.deliver()
    const lock = (await asked) as Lock
    await clock.advance(9_000)
    expect(lock.signal.aborted).toBe(true)
  })

  test('a grant whose answer was lost is given back, and never counts as held', async () => {
    const { clock, users, locks, others } = makeWorld()
    locks.mode = 'late'
    const asked = watch(users.tryLock('42', '10m'))
    await clock.advance(1_000)
    expect(asked.error).toBeInstanceOf(StoreTimeoutError)
    expect(locks.calls).toEqual(['acquire', 'release'])
    expect(await others.cache('users').tryLock('42', '10s')).toBeDefined()
  })

  test('an aborted attempt rejects with the reason, and gives back what it gets', async () => {
    const { clock, users, locks, others } = makeWorld()
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
    const { clock, users, locks } = makeWorld()
    locks.mode = 'reject'
    await expect(users.tryLock('42', '10s')).rejects.toThrow(StoreUnavailableError)
    locks.mode = 'hang'
    const asked = watch(users.tryLock('42', '10s'))
    await clock.advance(1_000)
    expect(asked.error).toBeInstanceOf(StoreTimeoutError)
  })

  test('`await using` releases the lock, and never throws because of that', async () => {
    const { users, locks, errors } = makeWorld()
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
    const { clock, users } = makeWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    const monotonic = vi.spyOn(clock, 'monotonic').mockReturnValue(clock.monotonic() + 20_000)
    expect(() => lock.signal.throwIfAborted()).toThrow(LockLostError)
    monotonic.mockRestore()
    expect(lock.signal.aborted).toBe(true)
  })

  test('stays aborted although the server would still extend', async () => {
    const { clock, users, locks } = makeWorld()
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
    const { clock, users } = makeWorld()
    const lock = (await users.tryLock('42', '10s')) as Lock
    clock.jumpWall(3_600_000)
    expect(lock.signal.aborted).toBe(false)
    clock.jumpWall(-7_200_000)
    await clock.advance(9_900)
    expect(lock.signal.aborted).toBe(true)
  })
})

describe('withLock', () => {
  test('runs the body under the lock, and answers what it answers', async () => {
    const { users, others } = makeWorld()
    const result = await users.withLock('42', { ttl: '10s' }, async (lock) => {
      expect(await others.cache('users').tryLock('42', '1s')).toBeUndefined()
      return [lock.key, lock.signal.aborted]
    })
    expect(result).toEqual(['users:42', false])
    expect(await others.cache('users').tryLock('42', '1s')).toBeDefined()
  })

  test('a body that throws, at once or later, and one that is not async, end the lock as well', async () => {
    const { users } = makeWorld()
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
    const { users, locks, errors } = makeWorld()
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
    const { clock, users, locks, errors } = makeWorld()
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
    const { users, errors } = makeWorld()
    expect(await users.withLock('42', { ttl: '10s' }, (lock) => lock.release())).toBe(true)
    expect(errors).toEqual([])
  })

  test('the lock is extended while the body runs', async () => {
    const { clock, users, others } = makeWorld()
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
    const { clock, users, others, errors } = makeWorld()
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
    const { clock, users } = makeWorld()
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
    const { clock, users, locks } = makeWorld()
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
    const { clock, users, locks, errors } = makeWorld()
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
    const { clock, users, locks } = makeWorld()
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

describe('waiting', () => {
  test('ends as soon as the lock is released, in this process and in another', async () => {
    for (const where of ['users', 'others'] as const) {
      const world = makeWorld()
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
    const { clock, users, others } = makeWorld({ watched: false })
    const lock = (await others.cache('users').tryLock('42', '1h')) as Lock
    const waiting = watch(users.withLock('42', { ttl: '10s', wait: '1h' }, () => 'mine'))
    await clock.advance(60_000)
    await lock.release()
    await clock.advance(200)
    expect(waiting.value).toBe('mine')
  })

  test('ends soon after the time of a holder who died', async () => {
    const { clock, users, others } = makeWorld()
    await others.cache('users').tryLock('42', '10s')
    const waiting = watch(users.withLock('42', { ttl: '10s' }, () => 'mine'))
    await clock.advance(10_020)
    expect(waiting.value).toBe('mine')
  })

  test('ends at its deadline with a LockTimeoutError, and the body does not run', async () => {
    const { clock, users, others } = makeWorld()
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
    const { users, others, locks } = makeWorld()
    await others.cache('users').tryLock('42', '1h')
    await expect(users.withLock('42', { ttl: '10s', wait: 0 }, () => 'mine')).rejects.toThrow(LockTimeoutError)
    expect(locks.calls).toEqual(['acquire'])
  })

  test('an attempt that is under way at the deadline is given back', async () => {
    const { clock, users, others, locks } = makeWorld()
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
    const { clock, users, others } = makeWorld()
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
    const { users } = makeWorld()
    const controller = new AbortController()
    const aborted = await users.withLock('42', { ttl: '10s', signal: controller.signal }, (lock) => {
      controller.abort()
      return lock.signal.aborted
    })
    expect(aborted).toBe(false)
  })

  test('those who wait in one process get the lock in the order in which they came', async () => {
    const { clock, users } = makeWorld()
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
    const { clock, users } = makeWorld()
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
    const { clock, users, others, locks } = makeWorld()
    await others.cache('users').tryLock('42', '1h')
    const waiting = Array.from({ length: 100 }, () => watch(users.withLock('42', { ttl: '10s', wait: '10s' }, () => 1)))
    await clock.advance(10_000)
    expect(waiting.every(({ error }) => error instanceof LockTimeoutError)).toBe(true)
    expect(locks.calls.length).toBeLessThan(40)
  })

  test('goes on through an outage of a few seconds', async () => {
    const { clock, users, locks } = makeWorld()
    locks.mode = 'reject'
    const waiting = watch(users.withLock('42', { ttl: '10s' }, () => 'mine'))
    await clock.advance(3_000)
    expect(waiting.state).toBe('pending')
    locks.mode = 'up'
    await clock.advance(1_500)
    expect(waiting.value).toBe('mine')
  })

  test.each(['reject', 'hang'] as const)('ends with the error of a backend that stays away (%s)', async (mode) => {
    const { clock, users, locks } = makeWorld()
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

describe('close()', () => {
  test('rejects those who wait with a CacheClosedError, at once', async () => {
    const { clock, caches, users, others } = makeWorld()
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
    const { clock, caches, users, others } = makeWorld()
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
    const { clock, caches, users, others, errors } = makeWorld()
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
    const { clock, caches, users, others } = makeWorld()
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
    const { clock, caches, users, others, locks } = makeWorld()
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
    const { clock, caches, users, locks } = makeWorld()
    await users.tryLock('42', '1h')
    locks.mode = 'hang'
    const trying = watch(users.tryLock('43', '1h'))
    const closing = watch(caches.close())
    await clock.advance(3_000)
    expect([trying.state, closing.state]).toEqual(['rejected', 'resolved'])
  })

  test('of one cache leaves what is held to its holder, and the other caches alone', async () => {
    const { clock, caches, users } = makeWorld()
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
    const { users, caches, locks } = makeWorld()
    await expect(users.tryLock('42', ttl as never)).rejects.toThrow(/ttl/)
    await expect(caches.tryLock('42', ttl as never)).rejects.toThrow(TypeError)
    await expect(users.withLock('42', { ttl: ttl as never }, () => 1)).rejects.toThrow(TypeError)
    expect(locks.calls).toEqual([])
    const lock = (await users.tryLock('42', '1s')) as Lock
    if (ttl !== undefined) await expect(lock.extend(ttl as never)).rejects.toThrow(TypeError)
    expect(lock.signal.aborted).toBe(false)
  })

  test('the shortest and the longest ttl are accepted', async () => {
    const { users } = makeWorld()
    expect(await users.tryLock('1', 1)).toBeDefined()
    expect(await users.tryLock('2', 2 ** 31 - 1)).toBeDefined()
  })

  test('other wrong arguments are refused at the door', async () => {
    const { users, caches, locks } = makeWorld()
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
    const { users } = makeWorld()
    const odd = ['', ' ', ':', '{', '}', '%7B', '\0', '\ud800', '\udc00', '\ufffd', '😀', 'k'.repeat(10_000)]
    for (const key of odd) expect(await users.tryLock(key, '1m'), JSON.stringify(key.slice(0, 9))).toBeDefined()
    for (const key of odd) expect(await users.tryLock(key, '1m')).toBeUndefined()
  })
})
