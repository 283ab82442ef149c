import { systemClock } from '@larder/core'
import type { Backend, Locks } from '@larder/core/contracts'
import { redis } from '@larder/redis'
import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Redis } from 'ioredis'
import { redlock } from '../src/index.ts'
import type { RedlockOptions } from '../src/index.ts'

/** Three servers that know nothing of each other. */
export interface ThreeServers extends AsyncDisposable {
  readonly servers: readonly [ServerHandle, ServerHandle, ServerHandle]
  /** A client of each, past the locks. */
  readonly admins: readonly [Redis, Redis, Redis]
  /** Locks over all three, as one more process would have them. */
  open(options?: Omit<RedlockOptions, 'nodes'> & { readonly ports?: readonly number[]; readonly db?: number }): Locks
  /** Frees every lock and lets every server go on. */
  reset(): Promise<void>
}

export async function threeServers(): Promise<ThreeServers> {
  const servers = (await Promise.all(
    [1, 2, 3].map(() => startRedis({ own: true })),
  )) as unknown as ThreeServers['servers']
  const admins = servers.map(({ url }) => new Redis(url)) as unknown as ThreeServers['admins']
  for (const admin of admins) admin.on('error', () => {})
  const opened: Locks[] = []
  return {
    servers,
    admins,
    open({ ports = servers.map(({ port }) => port), db = 0, ...options } = {}) {
      const nodes = ports.map((port): Backend => redis({ host: '127.0.0.1', port, db, timeoutMs: 2_000 }))
      const locks = redlock({ nodeTimeoutMs: 1_000, ...options, nodes })
      opened.push(locks)
      return locks
    },
    async reset() {
      for (const server of servers) server.resume()
      await Promise.all(admins.map((admin) => admin.flushall()))
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.resume()
      await Promise.all(opened.map((locks) => locks.close()))
      for (const admin of admins) admin.disconnect()
      await Promise.all(servers.map((server) => server.stop()))
    },
  }
}

/** Waits. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve))
}

const LONGEST_MS = 15_000

/** Waits until the predicate holds; rejects after 15 seconds. */
export async function eventually(predicate: () => boolean | Promise<boolean>): Promise<void> {
  const end = systemClock.monotonic() + LONGEST_MS
  while (!(await predicate())) {
    if (systemClock.monotonic() > end) throw new Error('It did not come to pass')
    await sleep(5)
  }
}
