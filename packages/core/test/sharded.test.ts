import { createCacheManager, memory, sharded } from '@larder/core'
import type { Backend, Cache, CacheManager, ManagerOptions, Shard } from '@larder/core'
import type { Journal, Store } from '@larder/core/contracts'
import {
  buildFrame,
  contractTests,
  FakeClock,
  journalSuite,
  locksSuite,
  SeededRandom,
  storeSuite,
} from '@larder/testing'
import { beforeEach, describe, expect, test } from 'vitest'

const NAMESPACE = 'shop'
const LIST = 'larder:shards'
const KEYS: readonly string[] = Array.from({ length: 60 }, (_, i) => `k${i}`)
const token = (name: string): string => name.padEnd(16, '_')

/** A shard whose calls fail, or wait, on command. */
interface Switchable extends Backend {
  mode: 'up' | 'down' | 'held'
  release(): void
}

let clock: FakeClock
let random: SeededRandom
let shards: readonly [Switchable, Switchable, Switchable]
let errors: unknown[]

beforeEach(() => {
  clock = new FakeClock()
  random = new SeededRandom(7)
  shards = [switchable(), switchable(), switchable()]
  errors = []
})

/** Calls are carried out at once; with `held`, their answers wait. */
function switchable(): Switchable {
  const inner = memory({ clock, random, maxEntries: 1_000 })
  const waiting: (() => void)[] = []
  const guard = <O extends object>(target: O): O =>
    new Proxy(target, {
      get(_, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        if (name === 'tail') return member.bind(target) as unknown
        return async (...args: unknown[]): Promise<unknown> => {
          if (shard.mode === 'down') throw new Error('ECONNREFUSED')
          const answer = (await Reflect.apply(member, target, args)) as unknown
          if (shard.mode === 'held') await new Promise<void>((resolve) => waiting.push(resolve))
          return answer
        }
      },
    })
  const shard: Switchable = {
    ...inner,
    mode: 'up',
    store: guard(inner.store),
    journal: guard(inner.journal as Journal),
    health: async () => (shard.mode === 'up' ? inner.health() : { status: 'down', reasons: ['ECONNREFUSED'] }),
    release() {
      shard.mode = 'up'
      waiting.splice(0).forEach((resolve) => resolve())
    },
  }
  return shard
}

function backend(list: readonly (Backend | Shard)[] = shards, revision = 0): Backend {
  return sharded(list, { journal: shards[0], revision, clock, random })
}

async function node(l2: Backend, options: ManagerOptions = {}): Promise<CacheManager> {
  const onError = (error: unknown): number => errors.push(error)
  const manager = createCacheManager({ namespace: NAMESPACE, l2, clock, random, l1: false, onError, ...options })
  await clock.advance(0)
  return manager
}

/** The shard that has a key, by what is stored there. */
async function placeOf(l2: Backend, key: string): Promise<Switchable> {
  for (const shard of shards) {
    const others = shards.filter((other) => other !== shard && other !== shards[0])
    others.forEach((other) => (other.mode = 'down'))
    const found = await l2.store.get(key).catch(() => undefined)
    others.forEach((other) => (other.mode = 'up'))
    if (found !== undefined && shard !== shards[0]) return shard
  }
  return shards[0]
}

describe('the contracts hold on three shards:', () => {
  const open = () => {
    const time = new FakeClock()
    const own = { clock: time, random: new SeededRandom(1) }
    const l2 = sharded(
      [1, 2, 3].map(() => memory({ ...own, maxEntries: 20_000 })),
      own,
    )
    const { store, journal, locks } = l2 as Required<Backend>
    return { store, journal, locks, time, namespace: 'suite', elapse: (ms: number) => time.advance(ms) }
  }
  const eventually = async (predicate: () => boolean | Promise<boolean>): Promise<void> => {
    for (let i = 0; i < 100; i++) {
      if (await predicate()) return
      await Promise.resolve()
    }
    throw new Error('it did not come to pass')
  }
  for (const { name, run } of contractTests(storeSuite, () => {
    const opened = open()
    return { ...opened, manifest: opened.store.manifest }
  }))
    test(`store: ${name}`, run)
  for (const { name, run } of contractTests(journalSuite, () => {
    const opened = open()
    return { ...opened, manifest: opened.journal.manifest, eventually }
  }))
    test(`journal: ${name}`, run)
  for (const { name, run } of contractTests(locksSuite, () => {
    const opened = open()
    return { ...opened, manifest: opened.locks.manifest, eventually }
  }))
    test(`locks: ${name}`, run)
})

describe('the loss of a shard', () => {
  let users: Cache<string>
  let loads: number
  const load = (key: string): string => `${key} ${++loads}`

  beforeEach(async () => {
    loads = 0
    users = (await node(backend())).cache('users', { load })
    for (const key of KEYS) await users.readThrough(key)
    loads = 0
  })

  test('costs its share of misses, and no error', async () => {
    shards[1].mode = 'down'
    const left = (await users.getMany(KEYS)).size
    expect(left).toBeGreaterThan(20)
    expect(left).toBeLessThan(55)
    for (const key of KEYS) expect(await users.readThrough(key)).toMatch(new RegExp(`^${key} `))
    expect(loads).toBe(KEYS.length - left)
    shards[1].mode = 'up'
    expect((await users.getMany(KEYS)).size).toBe(KEYS.length)
  })

  test('of all shards makes every read a load', async () => {
    shards.forEach((shard) => (shard.mode = 'down'))
    expect((await users.getMany(KEYS)).size).toBe(0)
    expect(await users.readThrough('k0')).toBe('k0 1')
  })

  test('rejects what must be invalidated there, and nothing else; its return brings nothing back that was acknowledged', async () => {
    shards[1].mode = 'down'
    const deleted = await Promise.allSettled(KEYS.map((key) => users.delete(key)))
    const failed = KEYS.filter((_, index) => deleted[index]?.status === 'rejected')
    expect(failed.length).toBeGreaterThan(5)
    expect(failed.length).toBeLessThan(40)
    for (const result of deleted)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'ERR_LARDER_STORE_UNAVAILABLE' })
    shards[1].mode = 'up'
    expect([...(await users.getMany(KEYS)).keys()]).toEqual(failed)
    for (const key of failed) await users.delete(key)
    expect((await users.getMany(KEYS)).size).toBe(0)
  })

  test('does not keep tags and caches from being invalidated, its own values included', async () => {
    const tagged = (await node(backend())).cache<string>('tagged', { load, tags: ['all'] })
    for (const key of KEYS) await tagged.readThrough(key)
    shards[1].mode = 'down'
    await tagged.invalidateTags('all')
    await users.clear()
    shards[1].mode = 'up'
    expect((await tagged.getMany(KEYS)).size).toBe(0)
    expect((await users.getMany(KEYS)).size).toBe(0)
  })

  test('lets invalidations wait where that is asked for, and trusts nothing until they are through', async () => {
    const queueing = (await node(backend(), { defaults: { onUnavailable: 'queue' } })).cache<string>('users', { load })
    shards[1].mode = 'down'
    for (const key of KEYS) await queueing.delete(key)
    shards[1].mode = 'up'
    expect(await queueing.readThrough('k0')).toBe('k0 1')
    await clock.advance(5_000)
    expect((await users.getMany(KEYS)).size).toBe(0)
  })

  test('shows in the health, and that of the journal as down', async () => {
    const manager = await node(backend())
    expect((await manager.health()).status).toBe('healthy')
    shards[1].mode = 'down'
    expect(await manager.health()).toMatchObject({ status: 'degraded' })
    expect((await manager.health()).reasons.join()).toContain('the shard 1 is down')
    shards[1].mode = 'up'
    shards[0].mode = 'down'
    expect((await backend().health()).status).toBe('down')
  })
})

describe('nodes with different lists', () => {
  const three = (): Backend => backend(shards, 1)
  const two = (revision = 0): Backend => backend([shards[0], shards[1]], revision)

  test('never show each other’s leftovers: the newer list wins, and the others load', async () => {
    let source = 'first'
    const load = (): string => source
    const old = await node(two())
    const before = old.cache<string>('users', { load })
    for (const key of KEYS) await before.readThrough(key)

    const after = (await node(three())).cache<string>('users', { load })
    for (const key of KEYS) await after.readThrough(key)
    source = 'second'
    for (const key of KEYS) await after.delete(key)
    for (const key of KEYS) expect(await before.readThrough(key)).toBe('second')
    await expect(before.delete('k0')).rejects.toMatchObject({ code: 'ERR_LARDER_STORE_UNAVAILABLE' })
    await expect(before.set('k0', 'x')).rejects.toThrow(/revision 1 by now, this process has revision 0/)
    const health = await old.health()
    expect(health.status).toBe('degraded')
    expect(health.reasons.join()).toContain('start it with the new list')

    // The old list again, as a newer one: what was left behind is not found.
    const again = (await node(two(2))).cache<string>('users', { load })
    expect((await again.getMany(KEYS)).size).toBe(0)
    await clock.advance(2_000)
    expect(await after.readThrough('k0')).toBe('second')
    await expect(after.delete('k0')).rejects.toThrow(/revision 2/)
  })

  test('of one revision are told apart: the first one stays', async () => {
    const first = (await node(two())).cache<string>('users')
    await first.set('k0', 'first')
    const second = (await node(backend(shards, 0))).cache<string>('users', { load: () => 'loaded' })
    expect(await second.readThrough('k0')).toBe('loaded')
    await expect(second.delete('k0')).rejects.toThrow(/another list of shards of the same revision/)
    expect(await first.get('k0')).toBe('first')
  })

  test('may write one list in any order, if its shards have names', async () => {
    const [a, b] = [
      { name: 'a', backend: shards[0] },
      { name: 'b', backend: shards[1] },
    ]
    const one = (await node(backend([a, b]))).cache<string>('users')
    const other = (await node(backend([b, a]))).cache<string>('users')
    for (const key of KEYS) await one.set(key, key)
    expect((await other.getMany(KEYS)).size).toBe(KEYS.length)
  })
})

describe('while the list changes', () => {
  const KEY = `${NAMESPACE}:{users:1}`
  const keysRecord = { kind: 'keys', items: ['users:1'], nonce: token('n'), origin: 'test', markTtlMs: 60_000 } as const

  /** Gives the list a new token, as an eviction of its mark and a node that starts do. */
  async function renewToken(): Promise<void> {
    const journal = shards[0].journal as Journal
    const { marks } = await journal.marks(NAMESPACE, { names: [`@${LIST}`] })
    const nonce = `${random.token()}${/[.].*$/.exec(marks[0] ?? '')?.[0]}`
    await journal.append(NAMESPACE, { kind: 'cache', items: [LIST], nonce, origin: 'test', markTtlMs: 60_000 })
  }

  async function put(store: Store, name: string): Promise<void> {
    await store.drop(KEY, { mode: 'set', token: token(name), leaseMs: 1_000 })
    await store.fill(KEY, { token: token(name), frame: buildFrame({ id: token(name) }), ttlMs: 60_000 })
  }

  /** A backend that hears the journal, as one with a manager does. */
  function hearing(): Required<Pick<Backend, 'store' | 'journal'>> {
    const { store, journal } = backend() as Required<Backend>
    journal.tail(NAMESPACE, { record: () => {}, resync: () => {} })
    return { store, journal }
  }

  function deaf(): Required<Pick<Backend, 'store' | 'journal'>> {
    const { store, journal } = backend() as Required<Backend>
    return { store, journal }
  }

  test('an invalidation that has not heard of it rejects, and its repetition reaches the new place', async () => {
    const [one, other] = [deaf(), deaf()]
    await one.store.drop(KEY, { mode: 'delete' })
    await renewToken()
    await put(other.store, 'before')
    await expect(one.journal.append(NAMESPACE, keysRecord)).rejects.toThrow(/list of shards was changed meanwhile/)
    expect(await other.store.get(KEY)).toBeDefined()
    await one.store.drop(KEY, { mode: 'delete' })
    await one.journal.append(NAMESPACE, keysRecord)
    expect(await other.store.get(KEY)).toBeUndefined()
  })

  test('an invalidation that hears of it on the way removes the value in the new place, too', async () => {
    const [one, other] = [hearing(), deaf()]
    await one.store.drop(KEY, { mode: 'delete' })
    await renewToken()
    await put(other.store, 'before')
    await one.journal.append(NAMESPACE, keysRecord)
    expect(await other.store.get(KEY)).toBeUndefined()
  })

  test('a value that was written or edited in the new place does not stand for its removal there', async () => {
    const [one, other] = [hearing(), deaf()]
    await one.store.drop(KEY, { mode: 'delete' })
    await renewToken()
    await put(other.store, 'before')
    const times = { softAt: clock.now() + 1_000, hardAt: clock.now() + 2_000 }
    await one.store.edit(KEY, { kind: 'retime', expectId: token('before'), ttlMs: 2_000, ...times })
    await one.journal.append(NAMESPACE, keysRecord)
    expect(await other.store.get(KEY)).toBeUndefined()
  })

  test('a counter that begins is not taken away by its own announcement', async () => {
    const counters = (await node(backend())).cache<number>('counters')
    await counters.increment('n')
    expect(await counters.increment('n')).toBe(2)
    expect(await counters.get('n')).toBe(2)
  })

  test('a read whose answer comes after the news reads again', async () => {
    const [one, other] = [hearing(), deaf()]
    await put(one.store, 'old')
    const place = await placeOf(backend(), KEY)
    place.mode = 'held'
    const read = one.store.get(KEY)
    const reads = one.store.getMany([KEY])
    const taken = one.store.take(KEY, { token: token('t'), leaseMs: 1_000 })
    await clock.advance(0)
    place.mode = 'up'
    await renewToken()
    await put(other.store, 'new')
    await other.store.drop(KEY, { mode: 'delete' })
    place.release()
    expect(await read).toBeUndefined()
    expect(await reads).toEqual([undefined])
    expect(await taken).toEqual({ kind: 'granted' })
  })

  test('an answer from before the news does not put the old list back', async () => {
    const [one, other] = [hearing(), hearing()]
    await put(other.store, 'old')
    shards[0].mode = 'held'
    const read = one.store.get(KEY)
    await clock.advance(0)
    shards[0].mode = 'up'
    await renewToken()
    shards[0].release()
    expect(await read).toBeUndefined()
    await put(other.store, 'new')
    expect(await one.store.get(KEY)).toBeDefined()
    await other.store.drop(KEY, { mode: 'delete' })
    expect(await one.store.get(KEY)).toBeUndefined()
  })

  test('marks that are to judge a value are refused to a node that has not heard of it', async () => {
    const one = deaf()
    await one.store.get(KEY)
    await one.journal.marks(NAMESPACE, { names: ['#a'] })
    await renewToken()
    await expect(one.journal.marks(NAMESPACE, { names: ['#a'] })).rejects.toThrow(/list of shards was changed/)
    // And it reads by the new list from there on.
    await one.store.get(KEY)
    await one.journal.marks(NAMESPACE, { names: ['#a'] })
  })

  test('marks that cannot be read make a read a load, and never an answer', async () => {
    const users = (await node(backend())).cache<string>('users', { load: () => 'loaded' })
    await users.readThrough('1')
    await renewToken()
    expect(await users.get('1')).toBeUndefined()
    expect(await users.readThrough('1')).toBe('loaded')
    expect(await users.get('1')).toBe('loaded')
  })
})

describe('sharded()', () => {
  test('closes each backend once, the journal’s included', async () => {
    const closed: string[] = []
    const named = (name: string): Backend => ({ ...memory({ clock }), close: async () => void closed.push(name) })
    const [a, b, c] = [named('a'), named('b'), named('c')]
    const l2 = sharded([a, b], { journal: c, clock, random })
    await Promise.all([l2.close(), l2.close()])
    expect(closed.sort()).toEqual(['a', 'b', 'c'])
    expect((await sharded([a, b], { journal: a }).health()).status).toBe('healthy')
  })

  test('cannot write behind: a value would wait on another server than its key', async () => {
    const users = (await node(backend())).cache<string>('users', { write: async () => {} })
    await expect(users.writeBehind('1', 'x')).rejects.toMatchObject({ code: 'ERR_LARDER_UNSUPPORTED' })
  })

  test('locks on the server of the journal', async () => {
    const one = await node(backend())
    await using lock = await (await node(backend())).tryLock('job', '1m')
    expect(lock).toBeDefined()
    expect(await one.tryLock('job', '1m')).toBeUndefined()
  })

  test.each([
    [[], /one or more backends/],
    ['memory', /one or more backends/],
    [[{}], /shard 0 must be a backend/],
    [[null], /shard 0 must be an object/],
    [[{ name: '', backend: memory() }], /the name of shard 0/],
  ])('%j is refused', (list, message) => {
    expect(() => sharded(list as never)).toThrow(message)
  })

  test('a name, a backend or a revision that cannot be is refused, and so is a journal that tells nobody', () => {
    const [a, b] = [memory(), memory()]
    expect(() => sharded([a, a])).toThrow(/must be different backends/)
    const twice = [
      { name: 'x', backend: a },
      { name: 'x', backend: b },
    ]
    expect(() => sharded(twice)).toThrow(/different names/)
    expect(() => sharded([a, b], { revision: -1 })).toThrow(/revision must be an integer/)
    expect(() => sharded([a, b], { journal: {} as Backend })).toThrow(/journal must be a backend/)
    const mute = { ...a, journal: { ...(a.journal as Journal), manifest: { delivery: 'none' } as const } }
    expect(() => sharded([mute, b])).toThrow(/give sharded\(\) the option journal/)
  })
})
