import { createCacheManager, memory, StoreTimeoutError, StoreUnavailableError } from '@larder/core'
import type { Backend, LockAnswer, LockRequest, Locks } from '@larder/core/contracts'
import { FakeClock, SeededRandom } from '@larder/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { redlock } from '../src/index.ts'
import { threeServers } from './three-servers.ts'
import type { ThreeServers } from './three-servers.ts'

describe('with servers that fail', () => {
  let world: ThreeServers
  beforeAll(async () => {
    world = await threeServers()
  })
  afterAll(async () => world?.[Symbol.asyncDispose]())
  beforeEach(() => world.reset())

  test('one of three may be silent: locks are obtained, extended, released and refused as ever', async () => {
    const [one, other] = [world.open({ nodeTimeoutMs: 500 }), world.open({ nodeTimeoutMs: 500 })]
    await other.release('warm', 'x')
    for (const silent of world.servers) {
      silent.pause()
      const key = `{:${silent.port}}`
      expect((await one.acquire(key, { token: 'a', ttlMs: 20_000 })).kind).toBe('granted')
      expect((await other.acquire(key, { token: 'b', ttlMs: 20_000 })).kind).toBe('held')
      expect(await one.extend(key, 'a', 20_000)).toBe(true)
      expect(await one.release(key, 'a')).toBe(true)
      expect((await other.acquire(key, { token: 'b', ttlMs: 20_000 })).kind).toBe('granted')
      silent.resume()
      await other.release(key, 'b')
    }
  })

  test('with two of three silent every call rejects in time, and never says that a lock is lost', async () => {
    const locks = world.open({ nodeTimeoutMs: 200 })
    await locks.acquire('held', { token: 'a', ttlMs: 60_000 })
    world.servers[0].pause()
    world.servers[1].pause()
    const start = performance.now()
    await expect(locks.acquire('k', { token: 'b', ttlMs: 60_000 })).rejects.toThrow(StoreTimeoutError)
    await expect(locks.extend('held', 'a', 60_000)).rejects.toThrow(StoreTimeoutError)
    await expect(locks.release('held', 'a')).rejects.toThrow(StoreTimeoutError)
    expect(performance.now() - start).toBeLessThan(10_000)
  })

  test('managers that contend lose no count, and fencing tokens grow', { timeout: 60_000 }, async () => {
    const managers = [1, 2, 3].map(() =>
      createCacheManager({ locks: world.open(), defaults: { timeouts: { store: '10s' } } }),
    )
    const fences: number[] = []
    let inside = 0
    await Promise.all(
      managers.map(async (manager) => {
        for (let i = 0; i < 15; i++)
          await manager.withLock('count', { ttl: '20s', wait: '50s' }, async (lock) => {
            expect(++inside).toBe(1)
            fences.push(lock.fencingToken)
            await world.admins[0].ping()
            inside--
          })
      }),
    )
    expect(fences).toHaveLength(45)
    expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b))
    await Promise.all(managers.map((manager) => manager.close()))
  })

  test('a server that comes back empty costs neither the lock nor the order of fencing tokens', async () => {
    const locks = world.open()
    const first = await locks.acquire('k', { token: 'a', ttlMs: 60_000, fenceAbove: 2 ** 52 })
    await world.admins[0].flushall()
    expect(await locks.extend('k', 'a', 60_000)).toBe(true)
    expect((await locks.acquire('k', { token: 'b', ttlMs: 60_000 })).kind).toBe('held')
    expect(await locks.release('k', 'a')).toBe(true)
    const second = await locks.acquire('k', { token: 'b', ttlMs: 60_000 })
    expect(fenceOf(second)).toBeGreaterThan(fenceOf(first))
  })
})

/** A node whose answers a test can withhold. */
class Node implements Locks {
  readonly manifest
  readonly #locks: Locks
  silent = false

  constructor(locks: Locks) {
    this.#locks = locks
    this.manifest = locks.manifest
  }

  acquire(key: string, request: LockRequest): Promise<LockAnswer> {
    return this.#ask(() => this.#locks.acquire(key, request))
  }

  extend(key: string, token: string, ttlMs: number): Promise<boolean> {
    return this.#ask(() => this.#locks.extend(key, token, ttlMs))
  }

  release(key: string, token: string): Promise<boolean> {
    return this.#ask(() => this.#locks.release(key, token))
  }

  async close(): Promise<void> {}

  #ask<R>(call: () => Promise<R>): Promise<R> {
    return this.silent ? Promise.reject(new Error('unreachable')) : call()
  }
}

describe('fencing tokens', () => {
  function open(): { readonly nodes: readonly [Node, Node, Node]; readonly locks: Locks } {
    const clock = new FakeClock()
    const backends = [1, 2, 3].map(() => memory({ clock }))
    const nodes = backends.map(({ locks }) => new Node(locks as Locks)) as unknown as readonly [Node, Node, Node]
    const wrapped = backends.map((backend, i): Backend => ({ ...backend, locks: nodes[i] as Node }))
    return { nodes, locks: redlock({ nodes: wrapped, clock, random: new SeededRandom(1) }) }
  }

  test('grow although the majorities differ and one server is far ahead of the others', async () => {
    for (const ahead of [0, 1, 2]) {
      const { nodes, locks } = open()
      await nodes[ahead]?.acquire('k', { token: 'x', ttlMs: 10, fenceAbove: 2 ** 52 })
      await nodes[ahead]?.release('k', 'x')
      let last = 0
      for (const absent of [0, 1, 2, 1, 0, 2, 0]) {
        for (const [i, node] of nodes.entries()) node.silent = i === absent
        const fence = fenceOf(await locks.acquire('k', { token: 't', ttlMs: 1_000 }))
        expect(fence).toBeGreaterThan(last)
        last = fence
        expect(await locks.release('k', 't')).toBe(true)
      }
    }
  })

  test('of an attempt that found no majority are not handed out, and nothing of it stays locked', async () => {
    const { nodes, locks } = open()
    nodes[0].silent = nodes[1].silent = true
    await expect(locks.acquire('k', { token: 'a', ttlMs: 1_000 })).rejects.toThrow(StoreUnavailableError)
    nodes[0].silent = nodes[1].silent = false
    expect((await nodes[2].acquire('k', { token: 'b', ttlMs: 1_000 })).kind).toBe('granted')
  })
})

describe('an attempt', () => {
  test('tells when enough of the servers will be free', async () => {
    const clock = new FakeClock()
    const nodes = [1, 2, 3].map(() => memory({ clock }))
    const locks = redlock({ nodes, clock, random: new SeededRandom(1) })
    for (const [i, node] of nodes.entries()) await node.locks?.acquire('k', { token: 'x', ttlMs: (i + 1) * 10_000 })
    expect(await locks.acquire('k', { token: 'a', ttlMs: 1_000 })).toEqual({ kind: 'held', remainingMs: 20_000 })
    await clock.advance(20_000)
    expect((await locks.acquire('k', { token: 'a', ttlMs: 1_000 })).kind).toBe('granted')
  })

  test('that takes longer than the lock would last is not granted, and takes back what it got', async () => {
    const clock = new FakeClock()
    const backends = [1, 2, 3].map(() => memory({ clock }))
    const slow = backends.map((backend): Backend => {
      const locks = backend.locks as Locks
      const acquire = async (key: string, request: LockRequest): Promise<LockAnswer> => {
        const answer = await locks.acquire(key, request)
        await new Promise<void>((resolve) => clock.after(60, resolve))
        return answer
      }
      const node = new Node(locks)
      node.acquire = acquire
      return { ...backend, locks: node }
    })
    const locks = redlock({ nodes: slow, clock, random: new SeededRandom(1) })
    const asked = locks.acquire('k', { token: 'a', ttlMs: 100 })
    const refused = expect(asked).rejects.toThrow(StoreTimeoutError)
    await clock.advance(120)
    await refused
    for (const { locks } of backends)
      expect((await locks?.acquire('k', { token: 'b', ttlMs: 100 }))?.kind).toBe('granted')
  })

  test('that loses takes back what it got', async () => {
    const clock = new FakeClock()
    const nodes = [1, 2, 3].map(() => memory({ clock }))
    const locks = redlock({ nodes, clock, random: new SeededRandom(1) })
    for (const node of nodes.slice(0, 2)) await node.locks?.acquire('k', { token: 'x', ttlMs: 10_000 })
    expect((await locks.acquire('k', { token: 'a', ttlMs: 60_000 })).kind).toBe('held')
    expect((await nodes[2]?.locks?.acquire('k', { token: 'b', ttlMs: 60_000 }))?.kind).toBe('granted')
  })

  test('a manager closes the nodes with itself', async () => {
    const nodes = [1, 2, 3].map(() => memory())
    const caches = createCacheManager({ locks: redlock({ nodes }) })
    expect(await caches.tryLock('job', '1s')).toBeDefined()
    await caches.close()
    for (const node of nodes) expect((await node.health()).status).toBe('down')
  })
})

function fenceOf(answer: LockAnswer): number {
  if (answer.kind === 'granted') return answer.fencingToken
  throw new Error('the lock is held')
}
