import { createCacheManager } from '@larder/core'
import type { Cache, CacheManager, ManagerOptions } from '@larder/core'
import { FakeClock, SeededRandom } from '@larder/testing'
import { expect } from 'vitest'
import { resilient } from '../src/index.ts'
import type { ResilientOptions } from '../src/index.ts'
import { Server } from './breakable-backend.ts'

type Link = ReturnType<Server['link']>

export interface Node {
  readonly manager: CacheManager
  readonly cache: Cache<string>
  readonly link: Link
  readonly backend: ReturnType<typeof resilient<Link>>
}

/** Nodes over one server, each with a link of its own; `source` is what their loaders read. */
export function makeWorld(): {
  readonly clock: FakeClock
  readonly source: Map<string, string>
  readonly loads: () => number
  node(options?: ManagerOptions, policies?: ResilientOptions): Promise<Node>
} {
  const clock = new FakeClock()
  const random = new SeededRandom(1)
  const server = new Server(clock, random)
  const source = new Map<string, string>()
  let loads = 0
  return {
    clock,
    source,
    loads: () => loads,
    async node(options = {}, policies = {}) {
      const link = server.link()
      const backend = resilient(link, { clock, random, ...policies })
      const manager = createCacheManager({ l2: backend, clock, random, defaults: { ttl: '1h' }, ...options })
      const load = (key: string): string => {
        loads++
        return source.get(key) ?? 'nothing'
      }
      const cache = manager.cache<string>('users', { load, tags: ['t'] })
      await clock.advance(0)
      return { manager, cache, link, backend }
    },
  }
}

type World = ReturnType<typeof makeWorld>

/** Reads other keys until the circuits have opened. */
export async function trip(
  { clock }: World,
  { cache, backend, link }: Node,
  mode: 'reject' | 'hang' = 'reject',
): Promise<void> {
  link.weather.mode = mode
  for (let i = 0; i < 40 && backend.circuits.store?.state === 'closed'; i++) {
    const read = cache.readThrough(`other ${i}`)
    await clock.advance(1_000)
    await read
  }
  for (let i = 0; i < 40 && backend.circuits.journal?.state === 'closed'; i++) {
    const call = cache.invalidateTags('other').catch(() => {})
    await clock.advance(1_000)
    await call
  }
  expect([backend.circuits.store?.state, backend.circuits.journal?.state]).not.toContain('closed')
}
