import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createCacheManager } from '@larder/core'
import type { CacheManager } from '@larder/core'
import { redis } from '@larder/redis'
import { startRedis } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { Gate, hooked } from './hooked-database.ts'
import { Shop } from './shop.ts'
import type { ShopOptions } from './shop.ts'

const user = (shop: Shop) => () => shop.prisma.user.findUnique({ where: { id: 1 }, cache: true })
const rename = (shop: Shop, name: string) =>
  shop.prisma.$transaction(async (tx) => tx.user.update({ where: { id: 1 }, data: { name } }))

async function liveNode({ url }: ServerHandle): Promise<CacheManager> {
  const manager = createCacheManager({ l2: redis({ url, timeoutMs: 300 }), heartbeat: '600ms' })
  await vi.waitFor(async () => expect((await manager.health()).live).toBe(true))
  return manager
}

describe.each([{ linked: false }, { linked: true }])('strict consistency (adapter: $linked)', ({ linked }) => {
  let database: TestDatabase
  let server: ServerHandle
  beforeAll(async () => {
    database = await databases.postgres()
    server = await startRedis({ own: true })
  })
  afterAll(async () => {
    await database[Symbol.asyncDispose]()
    await server.stop()
  })

  const node = (): Promise<CacheManager> => liveNode(server)

  test('§6.49: between a commit and its invalidation nothing old is answered, and nothing is kept', async () => {
    await using here = await node()
    await using there = await node()
    const strict: ShopOptions = { linked, dbId: 'gap', consistency: 'strict', lease: '1s' }
    const gate = new Gate(/^COMMIT/)
    await using writer = await Shop.open(hooked(database, { after: gate.pass }), { ...strict, cache: here })
    await using reader = await Shop.open(database, { ...strict, filled: true, cache: there })
    expect(await reader.warms(user(reader))).toBe(true)
    gate.shut()
    const commit = rename(writer, 'committed')
    await gate.reached
    expect(await user(reader)()).toMatchObject({ name: 'committed' })
    expect((await reader.counted(user(reader))).sql).toBe(1)
    expect(reader.events).toContainEqual(
      expect.objectContaining({ kind: 'not-kept', why: 'a change of its tables is about to be committed' }),
    )
    await vi.waitFor(async () => expect((await reader.counted(user(reader))).sql).toBe(0), { timeout: 5_000 })
    expect(await user(reader)()).toMatchObject({ name: 'committed' })
    gate.open()
    await commit
    expect(writer.events.map((event) => event.kind)).toContain('lease-too-short')
  })

  test('§6.49: of two writers of one table, the first to end does not end the cover of the other', async () => {
    await using here = await node()
    await using there = await node()
    const strict: ShopOptions = { linked, dbId: 'two', consistency: 'strict', lease: '20s' }
    const gate = new Gate(/^COMMIT/)
    await using slow = await Shop.open(hooked(database, { after: gate.pass }), { ...strict, cache: here })
    await using quick = await Shop.open(database, { ...strict, filled: true, cache: here })
    await using reader = await Shop.open(database, { ...strict, filled: true, cache: there })
    gate.shut()
    const first = rename(slow, 'first')
    await gate.reached
    await quick.prisma.user.update({ where: { id: 2 }, data: { name: 'second' } })
    expect(await user(reader)()).toMatchObject({ name: 'first' })
    expect((await reader.counted(user(reader))).sql).toBe(1)
    gate.open()
    await first
    // Nothing is left of the intents: the lease is far from its end.
    expect(await reader.warms(user(reader))).toBe(true)
    await quick.prisma.$transaction([quick.prisma.user.update({ where: { id: 1 }, data: { name: 'by batch' } })])
    await vi.waitFor(async () => expect(await user(reader)()).toMatchObject({ name: 'by batch' }))
    expect(await reader.warms(user(reader))).toBe(true)
  })

  test.each(['strict', 'after-commit'] as const)(
    '§6.49: a writer killed between its commit and the invalidation leaves an old answer only without strict: %s',
    { timeout: 60_000 },
    async (consistency) => {
      await using caches = await node()
      const dbId = `killed-${consistency}-${String(linked)}`
      await using reader = await Shop.open(database, { linked, cache: caches, dbId, consistency, lease: '2s' })
      expect(await reader.warms(user(reader))).toBe(true)
      const program = fileURLToPath(new URL('strict-writer.ts', import.meta.url))
      const args = [database.url ?? '', server.url, dbId, linked ? 'linked' : 'bare', consistency]
      const writer = fork(program, args, { execArgv: ['--conditions=@larder/source', '--import', 'tsx'] })
      try {
        await once(writer, 'message')
      } finally {
        writer.kill('SIGKILL')
      }
      await once(writer, 'exit')
      expect(await reader.base.user.findUnique({ where: { id: 1 } })).toMatchObject({ name: 'killed' })
      if (consistency === 'after-commit') {
        expect(await user(reader)()).toMatchObject({ name: 'Ann' })
        return
      }
      expect(await user(reader)()).toMatchObject({ name: 'killed' })
      expect((await reader.counted(user(reader))).sql).toBe(1)
      await vi.waitFor(async () => expect((await reader.counted(user(reader))).sql).toBe(0), { timeout: 10_000 })
      expect(await user(reader)()).toMatchObject({ name: 'killed' })
    },
  )
})

const CHANGES = [
  { name: 'a write', run: ({ prisma }: Shop) => prisma.user.update({ where: { id: 1 }, data: { name: 'never' } }) },
  {
    name: 'a nested write',
    run: ({ prisma }: Shop) =>
      prisma.user.update({ where: { id: 1 }, data: { name: 'never', posts: { create: { title: 'never' } } } }),
  },
  { name: 'raw SQL', run: ({ prisma }: Shop) => prisma.$executeRaw`UPDATE users SET name = 'never'` },
  {
    name: 'a batch',
    run: ({ prisma }: Shop) =>
      prisma.$transaction([
        prisma.user.update({ where: { id: 1 }, data: { name: 'never' } }),
        prisma.post.deleteMany(),
      ]),
  },
  { name: 'a transaction', run: (shop: Shop) => rename(shop, 'never') },
]

describe.each([
  { kind: 'postgres', linked: false },
  { kind: 'postgres', linked: true },
  { kind: 'sqlite', linked: false },
  { kind: 'sqlite', linked: true },
] as const)('§6.49: while the cache cannot be told, on $kind (adapter: $linked)', ({ kind, linked }) => {
  let database: TestDatabase
  let caches: CacheManager
  beforeAll(async () => {
    database = await databases[kind]()
    const server = await startRedis({ own: true })
    caches = await liveNode(server)
    await server.stop()
  })
  afterAll(async () => {
    await caches.close()
    await database[Symbol.asyncDispose]()
  })

  test.each(CHANGES)('$name is not committed, and leaves no transaction open', async ({ run }) => {
    await using shop = await Shop.open(database, { linked, consistency: 'strict', cache: caches })
    await expect(run(shop)).rejects.toThrow()
    expect(await shop.base.user.findUnique({ where: { id: 1 } })).toMatchObject({ name: 'Ann' })
    expect(await shop.base.post.count()).toBe(3)
    expect(await shop.base.$transaction(async (tx) => tx.tag.count())).toBe(3)
    if (kind === 'sqlite') return
    const open = await shop.base.$queryRaw<
      { n: number }[]
    >`SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'`
    expect(open).toEqual([{ n: 0 }])
  })
})

describe('read replicas', () => {
  test('§6.50: what a replica says is not kept while it may lag behind a write', async () => {
    await using primary = await databases.postgres()
    await using replica = await databases.postgres()
    await using server = await startRedis({ own: true })
    await using caches = await liveNode(server)
    const lag = { maxLag: '1s' } as const
    await using lagging = await Shop.open(replica, { cache: caches, dbId: 'held', replica: lag })
    await using writer = await Shop.open(primary, { cache: caches, dbId: 'held', replica: lag })
    await using careless = await Shop.open(replica, { cache: caches, dbId: 'bare', filled: true })
    await using other = await Shop.open(primary, { cache: caches, dbId: 'bare', filled: true })
    for (const [reader, { prisma }] of [
      [lagging, writer],
      [careless, other],
    ] as const) {
      expect(await reader.warms(user(reader))).toBe(true)
      await prisma.user.update({ where: { id: 1 }, data: { name: 'new' } })
      expect(await user(reader)()).toMatchObject({ name: 'Ann' })
    }
    // Here the replica has caught up.
    await lagging.base.user.update({ where: { id: 1 }, data: { name: 'new' } })
    expect(await user(careless)()).toMatchObject({ name: 'Ann' })
    expect(await user(lagging)()).toMatchObject({ name: 'new' })
    await vi.waitFor(async () => expect((await lagging.counted(user(lagging))).sql).toBe(0), { timeout: 5_000 })
    expect(await user(lagging)()).toMatchObject({ name: 'new' })
  })
})
