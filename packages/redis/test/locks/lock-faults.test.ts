import { createCacheManager, LockLostError, StoreTimeoutError, systemClock } from '@larder/core'
import type { CacheManager, Lock } from '@larder/core'
import { startRedis, TcpProxy } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { redis } from '../../src/index.ts'
import type { RedisServerOptions } from '../../src/index.ts'
import { eventually, sleep } from '../eventually.ts'

let server: ServerHandle
const managers: CacheManager[] = []
const unheard: unknown[] = []
const note = (reason: unknown): void => void unheard.push(reason)

function open(options: RedisServerOptions = {}): CacheManager {
  const manager = createCacheManager({
    namespace: 'locks',
    l2: redis({ url: server.url, timeoutMs: 2_000, ...options }),
  })
  managers.push(manager)
  return manager
}

/** Resolves when the signal of a lock aborts, with its reason. */
function loss(lock: Lock): Promise<unknown> {
  return new Promise((resolve) => lock.signal.addEventListener('abort', () => resolve(lock.signal.reason)))
}

beforeEach(async () => {
  process.on('unhandledRejection', note)
  server = await startRedis({ own: true })
})

afterEach(async () => {
  server.resume()
  await Promise.all(managers.splice(0).map((manager) => manager.close({ deadline: 100 })))
  await server.stop()
  process.off('unhandledRejection', note)
  expect(unheard.splice(0)).toEqual([])
})

test('a holder whose connection goes silent is told before anybody else gets the lock', async () => {
  await using proxy = await TcpProxy.start({ port: server.port })
  const [cut, other] = [open({ host: '127.0.0.1', port: proxy.port, url: undefined as never, timeoutMs: 500 }), open()]
  let given = (_: Lock): void => {}
  const holder = new Promise<Lock>((resolve) => (given = resolve))
  const holding = cut.withLock('job', { ttl: '2s' }, async (lock) => {
    const lost = loss(lock)
    await sleep(1_000)
    proxy.set({ up: { kind: 'hold' }, down: { kind: 'hold' } })
    given(lock)
    return lost
  })
  const lock = await holder
  const before = lock.signal.aborted
  const after = await other.withLock('job', { ttl: '2s', wait: '20s' }, () => lock.signal.aborted)
  expect([before, after]).toEqual([false, true])
  expect(await holding).toBeInstanceOf(LockLostError)
  proxy.heal()
})

test('a holder whose connection is cut and comes back keeps the lock', async () => {
  await using proxy = await TcpProxy.start({ port: server.port })
  const cut = open({ host: '127.0.0.1', port: proxy.port, url: undefined as never })
  const kept = await cut.withLock('job', { ttl: '4s' }, async (lock) => {
    for (let i = 0; i < 3; i++) {
      await sleep(1_400)
      proxy.cut()
    }
    await sleep(1_400)
    return !lock.signal.aborted
  })
  expect(kept).toBe(true)
})

test('a server that restarts empty: the holder is told, and the next fencing token is greater all the same', async () => {
  const [one, other] = [open(), open()]
  const fences: number[] = []
  const holding = one.withLock('job', { ttl: '1500ms' }, async (lock) => {
    fences.push(lock.fencingToken)
    await server.kill()
    await server.restart()
    return loss(lock)
  })
  expect(await holding).toBeInstanceOf(LockLostError)
  await eventually(async () => {
    const lock = await other.tryLock('job', '1s')
    if (lock !== undefined) fences.push(lock.fencingToken)
    return lock !== undefined
  })
  expect(fences[1]).toBeGreaterThan(fences[0] as number)
})

test('those who wait get the lock although the server restarts meanwhile', async () => {
  const [one, other] = [open(), open()]
  expect(await one.tryLock('job', '1h')).toBeDefined()
  const waiting = other.withLock('job', { ttl: '1s', wait: '20s' }, () => 'mine')
  await sleep(200)
  await server.kill()
  await sleep(300)
  await server.restart()
  expect(await waiting).toBe('mine')
})

test('a grant whose answer came too late is given back: it does not block others for its time', async () => {
  const one = open({ timeoutMs: 300 })
  await one.tryLock('warm-up', 10)
  server.pause()
  const asked = one.tryLock('job', '1h')
  await expect(asked).rejects.toThrow(StoreTimeoutError)
  server.resume()
  const other = open()
  await eventually(async () => (await other.tryLock('job', '1s')) !== undefined)
  const admin = new Redis(server.url)
  // It was granted, then given back: otherwise this test would not have tried what it says.
  expect(await admin.exists('locks:{:job}:fence')).toBe(1)
  admin.disconnect()
})

test('who waits is woken by a release in another process, long before he would look again', async () => {
  const [one, other] = [open(), open()]
  const delays: number[] = []
  for (let i = 0; i < 3; i++) {
    const lock = (await one.tryLock('job', '1h')) as Lock
    const waiting = other.withLock('job', { ttl: '10s', wait: '20s' }, () => systemClock.monotonic())
    // Long enough for pauses to have grown.
    await sleep(2_500)
    const releasedAt = systemClock.monotonic()
    await lock.release()
    delays.push((await waiting) - releasedAt)
  }
  expect(delays.sort((a, b) => a - b)[1]).toBeLessThan(250)
})

test('what lies on the server is as documented, and nothing stays but the last fencing token', async () => {
  const one = open()
  const users = one.cache<string>('users')
  const admin = new Redis(server.url)
  const lock = (await users.tryLock('4{2', '10s')) as Lock
  expect((await admin.keys('*')).filter((key) => !key.includes('journal')).sort()).toEqual([
    'locks:{users:4%7B2}:fence',
    'locks:{users:4%7B2}:lock',
  ])
  expect(Number(await admin.get('locks:{users:4%7B2}:fence'))).toBe(lock.fencingToken)
  expect(await admin.pttl('locks:{users:4%7B2}:lock')).toBeLessThanOrEqual(10_000)
  expect(await admin.pttl('locks:{users:4%7B2}:fence')).toBeLessThanOrEqual(86_400_000)
  await lock.release()
  expect(await admin.exists('locks:{users:4%7B2}:lock')).toBe(0)
  admin.disconnect()
})

test('a fencing token that would leave the safe integers is refused, and the lock stays free', async () => {
  const one = open()
  const admin = new Redis(server.url)
  await admin.set('locks:{:job}:fence', '9007199254740991')
  await expect(one.tryLock('job', '1h')).rejects.toThrow(/fence/)
  await admin.set('locks:{:job}:fence', 'nonsense')
  expect(await one.tryLock('job', '1h')).toBeDefined()
  admin.disconnect()
})
