import { createCacheManager } from '@larder/core'
import type { CacheManager, ManagerOptions } from '@larder/core'
import { redis } from '@larder/redis'
import { startMemcached, startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { memcached } from '../src/index.ts'
import type { MemcachedOptions } from '../src/index.ts'

/** Servers, and managers over them that are closed with it. */
export class World implements AsyncDisposable {
  readonly servers: readonly ServerHandle[]
  readonly #redis: ServerHandle | undefined
  readonly #managers: CacheManager[] = []
  readonly errors: unknown[] = []

  private constructor(servers: readonly ServerHandle[], redis: ServerHandle | undefined) {
    this.servers = servers
    this.#redis = redis
  }

  static async start(count: number, journal?: 'redis'): Promise<World> {
    const servers = Array.from({ length: count }, () => startMemcached({ own: true }))
    return new World(await Promise.all(servers), journal === undefined ? undefined : await startRedis({ own: true }))
  }

  /** One more node; with a Redis in the world, its journal. */
  node(options: ManagerOptions = {}, backend: MemcachedOptions = {}): CacheManager {
    const journal = this.#redis === undefined ? {} : { journal: redis({ url: this.#redis.url }) }
    const l2 = memcached({ servers: this.servers.map(({ url }) => url), ...journal, ...backend })
    const near = this.#redis === undefined ? { l1: false as const } : {}
    const manager = createCacheManager({ l2, ...near, onError: (error) => this.errors.push(error), ...options })
    this.#managers.push(manager)
    return manager
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#managers.map((manager) => manager.close()))
    await Promise.all(
      [...this.servers, ...(this.#redis === undefined ? [] : [this.#redis])].map((server) => server.stop()),
    )
  }
}
