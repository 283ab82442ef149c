import { StoreUnavailableError } from '@larder/core'
import { expect, test } from 'vitest'
import { memcached } from '../src/index.ts'
import { eventually, sleep } from './eventually.ts'
import { say } from './say.ts'
import { World } from './world.ts'

const KEYS: readonly string[] = Array.from({ length: 300 }, (_, i) => `key${i}`)
const token = (name: string): string => name.padEnd(16, '_')

test('a killed server of three costs its share of misses only, and its return brings nothing back', async () => {
  await using world = await World.start(3)
  const [one, two] = [world.node(), world.node()]
  let source = 'first'
  const a = one.cache<string>('users', { load: async () => source })
  const b = two.cache<string>('users', { load: async () => source })
  for (const key of KEYS) await a.readThrough(key)
  expect((await b.getMany(KEYS)).size).toBe(300)

  await world.servers[1]?.kill()
  const left = (await b.getMany(KEYS)).size
  expect(left).toBeGreaterThan(150)
  expect(left).toBeLessThan(250)
  expect(await b.readThrough('key0')).toBe('first')
  expect((await one.health()).status).toBe('degraded')

  // What may be on the dead server cannot be invalidated, and nobody is told that it was.
  await expect(a.invalidateTags('any')).rejects.toBeInstanceOf(StoreUnavailableError)
  const deleted = await Promise.allSettled(KEYS.map((key) => a.delete(key)))
  expect(deleted.filter(({ status }) => status === 'fulfilled')).toHaveLength(left)

  source = 'second'
  await world.servers[1]?.restart()
  await eventually(async () => (await one.health()).status === 'healthy' && (await two.health()).status === 'healthy')
  for (const key of KEYS) expect(await b.readThrough(key)).toBe('second')
  await a.clear()
  expect((await b.getMany(KEYS)).size).toBe(0)
})

test('the entries of living servers stay valid while one is dead', async () => {
  await using world = await World.start(3)
  const caches = world.node()
  let loads = 0
  const users = caches.cache<number>('users', { load: async () => ++loads, tags: ['all'] })
  for (const key of KEYS) await users.readThrough(key)
  await world.servers[0]?.kill()
  await users.readThrough('key0')
  loads = 0
  for (const key of KEYS) await users.readThrough(key)
  expect(loads).toBeGreaterThan(50)
  expect(loads).toBeLessThan(150)
})

test('a load whose lease was evicted, flushed or lost in a restart does not store its value', async () => {
  await using world = await World.start(1)
  const [server] = world.servers
  const { store, close } = memcached({ servers: [server?.url ?? ''] })
  const losses = [
    () => say(server?.port ?? 0, 'md v:k'),
    () => say(server?.port ?? 0, 'flush_all'),
    async () => {
      await server?.restart()
      await eventually(async () => (await store.get('k')) === undefined)
    },
  ]
  for (const lose of losses) {
    await store.drop('k', { mode: 'delete' })
    expect((await store.take('k', { token: token('a'), leaseMs: 60_000 })).kind).toBe('granted')
    await lose()
    expect(await store.fill('k', { token: token('a'), frame: new Uint8Array(100), ttlMs: 60_000 })).toBe(false)
    expect(await store.renew('k', token('a'), 1000)).toBe(false)
    expect(await store.get('k')).toBeUndefined()
  }
  await close()
})

test('a mark or a turn that was evicted costs a load, and never a stale answer', async () => {
  await using world = await World.start(1)
  const port = world.servers[0]?.port ?? 0
  const caches = world.node()
  let source = 1
  const users = caches.cache<number>('users', { load: async () => source, tags: () => ['team'] })
  expect(await users.readThrough('k')).toBe(1)
  source = 2
  expect(await users.readThrough('k')).toBe(1)
  expect(await say(port, 'md m:{larder}:#team')).toMatch(/^HD/)
  expect(await users.readThrough('k')).toBe(2)
  source = 3
  let release = (): void => {}
  const gate = new Promise<void>((resolve) => (release = resolve))
  await users.delete('k')
  const slow = users.readThrough('k', async () => {
    await gate
    return 0
  })
  await sleep(50)
  await caches.invalidateTags('team')
  expect(await say(port, 'md m:{larder}:')).toMatch(/^HD/)
  expect(await say(port, 'md m:{larder}:#team')).toMatch(/^HD/)
  release()
  expect(await slow).toBe(0)
  expect(await users.get('k')).toBeUndefined()
})

test('under load, with servers killed and restarted, no read shows what an acknowledged delete removed', async () => {
  await using world = await World.start(3)
  const nodes = [world.node(), world.node()]
  const caches = nodes.map((node) => node.cache<number>('users', { ttl: '1h' }))
  const keys = KEYS.slice(0, 12)
  /** The source, and for each key what is the oldest value that a read may still show. */
  const source = new Map(keys.map((key) => [key, 0]))
  const least = new Map(keys.map((key) => [key, 0]))
  const end = performance.now() + 4000
  let [reads, deletes, hits] = [0, 0, 0]
  const reader = async (n: number): Promise<void> => {
    for (let i = n; performance.now() < end; i++) {
      const key = keys[i % keys.length] as string
      const floor = least.get(key) as number
      // A read under way when the delete ended may have begun its load before: with `fresh` it joins none.
      const cache = caches[i % 2] as (typeof caches)[number]
      let loaded = false
      const value = await cache.readThrough(
        key,
        async () => {
          loaded = true
          const now = source.get(key) as number
          await sleep(i % 7)
          return now
        },
        { fresh: true },
      )
      expect(value, key).toBeGreaterThanOrEqual(floor)
      reads++
      if (!loaded) hits++
      if (i % 5 === 0) await sleep(1)
    }
  }
  const writer = async (n: number): Promise<void> => {
    for (let i = n; performance.now() < end; i += 2) {
      const key = keys[i % keys.length] as string
      const value = (source.get(key) as number) + 1
      source.set(key, value)
      const acknowledged = await (caches[n] as (typeof caches)[number]).delete(key).then(
        () => true,
        () => false,
      )
      if (acknowledged) least.set(key, Math.max(least.get(key) as number, value))
      if (acknowledged) deletes++
      await sleep(7)
    }
  }
  const nemesis = async (): Promise<void> => {
    for (let i = 0; performance.now() < end - 500; i++) {
      await sleep(200)
      await world.servers[i % 3]?.restart()
    }
  }
  await Promise.all([...[0, 1, 2, 3].map(reader), ...[0, 1].map(writer), nemesis()])
  expect(reads).toBeGreaterThan(100)
  expect(hits).toBeGreaterThan(20)
  expect(deletes).toBeGreaterThan(50)
})
