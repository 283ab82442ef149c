import { memory } from '@larder/core'
import type { Backend } from '@larder/core'
import { redis } from '@larder/redis'
import { findServer, startRedis } from '@larder/testing'

/** Where the nodes of a run share their values. */
export interface Place {
  readonly description: string
  /** The backend of one more node, or of somebody who has got hold of the server. */
  open(): Backend
  close(): Promise<void>
}

/**
 * The Redis that `REDIS_URL` names, or the `redis-server` of this machine, started for the run; without either, one memory backend that all
 * nodes share. Nothing is installed.
 */
export async function openBackend(): Promise<Place> {
  process.env['LARDER_SERVER_INSTALL'] = 'never'
  const found = await findServer('redis-server').catch(() => undefined)
  if (found === undefined) {
    const shared = memory()
    const open = (): Backend => ({ ...shared, close: async () => {} })
    return { description: 'the memory backend: there is no redis-server here', open, close: () => shared.close() }
  }
  const server = await startRedis()
  const open = (): Backend => redis({ url: server.url })
  return { description: 'Redis', open, close: () => server.stop() }
}
