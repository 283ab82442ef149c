import { createCacheManager, LockTimeoutError } from '@larder/core'
import type { CacheManager, Lock } from '@larder/core'
import { Redlock } from '@sesamecare-oss/redlock'
import { Redis } from 'ioredis'
import type { ThreeServers } from './three-servers.ts'

/** A lock, as far as both libraries give one. */
export interface Holding {
  extend(ttlMs: number): Promise<unknown>
  release(): Promise<unknown>
}

/** The library by itself, or Larder's locks over it: what a fault is looked for in. */
export interface Subject extends AsyncDisposable {
  /** The key on the servers that stands for the lock `job`. */
  readonly key: string
  /** Tries once. `undefined`: somebody else holds it. */
  once(ttlMs: number): Promise<Holding | undefined>
  /** Waits for some seconds. */
  patiently(ttlMs: number): Promise<Holding>
  /** Runs a body under the lock. */
  under<R>(ttlMs: number, body: (signal: AbortSignal) => Promise<R>): Promise<R>
}

/** How a {@link Subject} reaches the servers. */
export interface Route {
  readonly ports?: readonly number[]
  readonly db?: number
}

export type MakeSubject = (world: ThreeServers, route?: Route) => Subject

export const bare: MakeSubject = (world, { ports = world.servers.map(({ port }) => port), db = 0 } = {}) => {
  const clients = ports.map((port) => new Redis({ host: '127.0.0.1', port, db }))
  for (const client of clients) client.on('error', () => {})
  const library = new Redlock(clients)
  return {
    key: 'job',
    async once(ttlMs) {
      try {
        return await library.acquire(['job'], ttlMs, { retryCount: 0 })
      } catch {
        return undefined
      }
    },
    patiently: (ttlMs) => library.acquire(['job'], ttlMs, { retryCount: 20 }),
    under: (ttlMs, body) =>
      library.using(['job'], ttlMs, { retryCount: 0, automaticExtensionThreshold: ttlMs / 2 }, body),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.disconnect()
    },
  }
}

export const wrapped: MakeSubject = (world, route = {}) => {
  const caches: CacheManager = createCacheManager({
    namespace: 'w',
    locks: world.open(route),
    defaults: { timeouts: { store: '10s' } },
  })
  const patient = async (ttl: number, wait: number): Promise<Lock> => {
    let lock: Lock | undefined
    const end = performance.now() + wait
    while (lock === undefined && performance.now() < end) lock = await caches.tryLock('job', ttl)
    if (lock === undefined) throw new LockTimeoutError('held')
    return lock
  }
  return {
    key: 'w:{:job}:lock',
    once: (ttlMs) => caches.tryLock('job', ttlMs),
    patiently: (ttlMs) => patient(ttlMs, 4_000),
    under: (ttl, body) => caches.withLock('job', { ttl }, (lock) => body(lock.signal)),
    async [Symbol.asyncDispose]() {
      await caches.close({ deadline: 100 })
    },
  }
}
