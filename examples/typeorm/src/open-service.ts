import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { createCacheManager } from '@larder/core'
import { redis } from '@larder/redis'
import { installCache } from '@larder/typeorm-plugin'
import { DataSource } from 'typeorm'
import { answer } from './answer.ts'
import { articles, authors, comments } from './entities.ts'

/** One running instance of the service. */
export interface Service extends AsyncDisposable {
  readonly url: string
  readonly source: DataSource
  /** Queries answered by the cache so far, and by the database. */
  counts(): { readonly cache: number; readonly database: number }
}

/** Starts an instance on a free port of the loopback interface. */
export async function openService(urls: { readonly postgres: string; readonly redis: string }): Promise<Service> {
  const source = await new DataSource({
    type: 'postgres',
    url: urls.postgres,
    entities: [authors, articles, comments],
  }).initialize()

  // All there is to do: a cache that the instances share, and the plugin.
  const caches = createCacheManager({ namespace: 'typeorm-example', l2: redis({ url: urls.redis }) })
  const handle = await installCache(source, { cache: caches, defaults: { ttl: '5m' } })

  const server = createServer((request, response) => {
    answer(source, request).then(
      ({ status, body }) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    source,
    counts() {
      const { hits, misses, bypasses } = handle.stats()
      return { cache: hits, database: misses + bypasses }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await handle.uninstall()
      await source.destroy()
      await caches.close()
    },
  }
}
