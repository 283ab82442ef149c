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

/** Starts an instance on a port of the loopback interface; 0 means a free one. */
export async function openService(
  urls: { readonly postgres: string; readonly redis: string },
  port = 0,
): Promise<Service> {
  const source = await new DataSource({
    type: 'postgres',
    url: urls.postgres,
    entities: [authors, articles, comments],
  }).initialize()

  // All there is to do: a cache that the instances share, and the plugin.
  const caches = createCacheManager({ namespace: 'typeorm-example', l2: redis({ url: urls.redis }) })
  const handle = await installCache(source, { cache: caches, defaults: { ttl: '5m' } })

  const counts = (): { readonly cache: number; readonly database: number } => {
    const { hits, misses, bypasses } = handle.stats()
    return { cache: hits, database: misses + bypasses }
  }

  const server = createServer((request, response) => {
    answer(source, request).then(
      ({ status, body }) =>
        // How many of its queries the cache has answered so far, and how many the database.
        response
          .writeHead(status, { 'content-type': 'application/json', 'x-queries': JSON.stringify(counts()) })
          .end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    source,
    counts,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await handle.uninstall()
      await source.destroy()
      await caches.close()
    },
  }
}
