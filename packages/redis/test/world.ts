import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Redis } from 'ioredis'
import { test } from 'vitest'
import type { RedisBackend, RedisServerOptions } from '../src/index.ts'
import type { ClientUnderTest } from './clients.ts'

/** A server of a test's own, and what the test has opened on it. */
export interface World {
  readonly server: ServerHandle
  readonly admin: Redis
  /** A backend on the server unless the options say another; closed after the test. */
  readonly open: (options?: RedisServerOptions) => RedisBackend<unknown>
  /** How many connections the server has, those of `admin` not counted. */
  readonly connections: (type?: 'pubsub') => Promise<number>
}

/** A test with a server of its own, that runs beside others. */
export function testIn(client: ClientUnderTest, name: string, run: (world: World) => Promise<void>): void {
  test.concurrent(name, async () => {
    await using server = await startRedis({ own: true })
    const admin = new Redis(server.url)
    admin.on('error', () => {})
    const opened: RedisBackend<unknown>[] = []
    try {
      await run({
        server,
        admin,
        open: (options = {}) => {
          const backend = client.open({ url: server.url, timeoutMs: 2000, ...options })
          opened.push(backend)
          return backend
        },
        connections: async (type) => {
          const list = String(await admin.call('CLIENT', 'LIST', ...(type === undefined ? [] : ['TYPE', type])))
          return list.split('\n').filter((line) => line !== '' && !line.includes('cmd=client|list')).length
        },
      })
    } finally {
      await Promise.all(opened.map((backend) => backend.close()))
      admin.disconnect()
    }
  })
}
