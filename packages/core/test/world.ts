import { createCacheManager, memory } from '@larder/core'
import type { Backend, CacheManager, ManagerOptions } from '@larder/core'
import { FakeClock, SeededRandom } from '@larder/testing'

/** Nodes over one memory backend, a clock that stands still, and what no caller heard of. */
export interface World {
  readonly clock: FakeClock
  readonly backend: Backend
  readonly errors: unknown[]
  /** One more node; its tail has synced when the promise resolves. */
  node(options?: ManagerOptions): Promise<CacheManager>
}

export function makeWorld(): World {
  const clock = new FakeClock()
  const random = new SeededRandom(1)
  const backend = memory({ clock, random })
  const errors: unknown[] = []
  return {
    clock,
    backend,
    errors,
    async node(options) {
      const manager = createCacheManager({
        l2: backend,
        clock,
        random,
        onError: (error) => errors.push(error),
        ...options,
      })
      await clock.advance(0)
      return manager
    },
  }
}

/** A loader that a test answers by hand. */
export interface HeldLoader<T> {
  readonly load: () => Promise<T>
  /** Times it was called. */
  readonly calls: () => number
  /** Answers the oldest call that is still open. */
  readonly answer: (value: T) => void
  readonly fail: (error: unknown) => void
}

export function heldLoader<T>(): HeldLoader<T> {
  let calls = 0
  const open: { resolve: (value: T) => void; reject: (error: unknown) => void }[] = []
  const next = (): (typeof open)[number] => {
    const call = open.shift()
    if (call === undefined) throw new Error('no call of the loader is open')
    return call
  }
  return {
    load: () =>
      new Promise<T>((resolve, reject) => {
        calls++
        open.push({ resolve, reject })
      }),
    calls: () => calls,
    answer: (value) => next().resolve(value),
    fail: (error) => next().reject(error),
  }
}

/** The world's backend behind a switch: while `mode` is not `up`, its store, its journal or both reject or never answer. */
export function breakable(
  world: World,
): Backend & { mode: 'up' | 'reject' | 'hang'; broken: readonly ('store' | 'journal')[] } {
  const state = {
    mode: 'up' as 'up' | 'reject' | 'hang',
    broken: ['store', 'journal'] as readonly ('store' | 'journal')[],
  }
  const guard = <O extends object>(part: 'store' | 'journal', target: O): O =>
    new Proxy(target, {
      get(_, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function' || name === 'tail')
          return typeof member === 'function' ? (member.bind(target) as unknown) : member
        return (...args: unknown[]): unknown => {
          if (state.mode === 'up' || !state.broken.includes(part)) return Reflect.apply(member, target, args)
          return state.mode === 'hang' ? new Promise(() => {}) : Promise.reject(new Error('ECONNREFUSED'))
        }
      },
    })
  const { store, journal } = world.backend
  return Object.assign(state, {
    name: 'breakable',
    store: guard('store', store),
    journal: guard('journal', journal as NonNullable<typeof journal>),
    health: () => world.backend.health(),
    close: async () => {},
  })
}
