import { cached } from '@larder/core'
import type { Cache, CacheManager, CacheOptions, CallOptions, Loaded } from '@larder/core'
import type { Order } from './messages.ts'
import { CACHES, SUBJECTS, lateTags, namedTags, subjectOf } from './subjects.ts'
import type { CacheName, Cargo, Subject } from './subjects.ts'

/** Asks the source for several subjects at once. */
export type LoadSubjects = (subjects: readonly number[]) => Promise<readonly Cargo[]>

/** The caches of one node of a chaos run. */
export class NodeCaches {
  readonly #manager: CacheManager
  readonly #caches: ReadonlyMap<CacheName, Cache<Cargo>>

  constructor(manager: CacheManager, load: LoadSubjects) {
    this.#manager = manager
    this.#caches = new Map(CACHES.map((name) => [name, manager.cache<Cargo>(name, optionsOf(name, load))]))
  }

  of(name: CacheName): Cache<Cargo> {
    return this.#caches.get(name) as Cache<Cargo>
  }

  /** What calls about the subject say beside its key. */
  options(subject: Subject): CallOptions | undefined {
    const [, ...own] = namedTags(subject)
    return own.length === 0 ? undefined : { tags: own }
  }

  async invalidate(order: Extract<Order, { kind: 'invalidate' }>): Promise<void> {
    const { method, subjects, values = [], tag = '' } = order
    const cache = this.of(order.cache)
    const named = subjects.map((index) => SUBJECTS[index] as Subject)
    const keys = named.map(({ key }) => key)
    const [first] = named as [Subject]
    switch (method) {
      case 'delete':
        return void (await cache.delete(first.key))
      case 'deleteMany':
        return void (await cache.deleteMany(keys))
      case 'expire':
        return void (await cache.expire(first.key))
      case 'invalidateTags':
        return this.#manager.invalidateTags(tag)
      case 'clear':
        return cache.clear()
      case 'set': {
        const value = values[0] as Cargo
        const version = order.cache === 'versioned' ? { version: value.v } : {}
        return void (await cache.set(first.key, value, { ...this.options(first), ...version }))
      }
      case 'setMany':
        return void (await cache.setMany(
          values.map((value, i) => [keys[i] as string, value] as const),
          this.options(first),
        ))
    }
  }

  /** The versions in memory, in the store, and as read through; -1 where there is nothing. */
  async inspect(): Promise<{ readonly near: number[]; readonly far: number[]; readonly through: number[] }> {
    const near = SUBJECTS.map((subject) => this.of(subject.cache).peek(subject.key)?.v ?? -1)
    const far = SUBJECTS.map(async (subject) => {
      const value = await this.of(subject.cache).get(subject.key, { ...this.options(subject), fresh: true })
      return value?.v ?? -1
    })
    const through = SUBJECTS.map(async (subject) => {
      const value = await this.of(subject.cache).readThrough(subject.key, undefined, this.options(subject))
      return value.v
    })
    return { near, far: await Promise.all(far), through: await Promise.all(through) }
  }
}

function optionsOf(cache: CacheName, load: LoadSubjects): CacheOptions<Cargo> {
  const wrap = (cargo: Cargo): Loaded<Cargo> => (cache === 'versioned' ? cached(cargo, { version: cargo.v }) : cargo)
  const subject = (key: string): number => subjectOf(cache, key).index
  const base: CacheOptions<Cargo> = {
    load: async (key) => wrap((await load([subject(key)]))[0] as Cargo),
    loadMany: async (keys) => (await load(keys.map(subject))).map(wrap),
  }
  switch (cache) {
    case 'plain':
    case 'versioned':
      return base
    case 'named':
      return { ...base, tags: ['everyone'] }
    case 'late':
      return { ...base, tags: ({ v }) => lateTags('late', v) }
    case 'soft':
      return { ...base, ttl: 300, grace: '4s' }
  }
}
