import { createCacheManager, memory } from '@larder/core'
import type { Backend, CacheManager, DecryptionError, ManagerOptions } from '@larder/core'
import type { Store } from '@larder/core/contracts'
import { FakeClock, SeededRandom } from '@larder/testing'

/** Nodes over one memory backend, and somebody who may read and write all of it. */
export interface World {
  readonly clock: FakeClock
  readonly backend: Backend
  /** What no caller heard of. */
  readonly errors: unknown[]
  /** Why values were not opened, so far. */
  reasons(): readonly string[]
  node(options: ManagerOptions): Promise<CacheManager>
  /** The bytes under a store key. */
  frame(key: string): Promise<Buffer>
  /** Puts bytes under a store key, in place of what is there. */
  plant(key: string, frame: Uint8Array): Promise<void>
  /** Has reads of a store key find these bytes from now on; what the store itself knows stays as it is. */
  show(key: string, frame: Uint8Array): void
}

export function makeWorld(): World {
  const clock = new FakeClock()
  const random = new SeededRandom(7)
  const shown = new Map<string, Uint8Array>()
  const inner = memory({ clock, random })
  const backend: Backend = {
    ...inner,
    store: withShown(inner.store, shown),
    health: () => inner.health(),
    close: () => inner.close(),
  }
  const errors: unknown[] = []
  const { store } = inner
  return {
    clock,
    backend,
    errors,
    reasons: () => errors.map((error) => (error as DecryptionError).reason),
    async node(options) {
      const onError = (error: unknown): number => errors.push(error)
      const manager = createCacheManager({
        namespace: 'shop',
        l1: false,
        l2: backend,
        clock,
        random,
        onError,
        ...options,
      })
      await clock.advance(0)
      return manager
    },
    async frame(key) {
      const frame = await store.get(key)
      if (frame === undefined) throw new Error(`nothing is stored under ${key}`)
      return Buffer.from(frame)
    },
    async plant(key, frame) {
      await store.drop(key, { mode: 'delete' })
      await store.take(key, { token: 'planter', leaseMs: 1_000 })
      if (!(await store.fill(key, { token: 'planter', frame, ttlMs: Infinity }))) throw new Error('not planted')
    },
    show(key, frame) {
      shown.set(key, frame)
    },
  }
}

function withShown(store: Store, shown: ReadonlyMap<string, Uint8Array>): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'getMany')
        return async (keys: readonly string[]) =>
          (await target.getMany(keys)).map((frame, index) => shown.get(keys[index] as string) ?? frame)
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}
