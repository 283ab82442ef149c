import { inspect } from 'node:util'
import { createCacheManager, systemClock } from '@larder/core'
import type { CacheManager, Clock } from '@larder/core'
import { redis } from '@larder/redis'
import { startRedis, TcpProxy } from '@larder/testing'
import type { ServerHandle } from '@larder/testing'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { Gate, hooked } from './hooked-database.ts'
import { Shop } from './shop.ts'

const text = (value: unknown): string => inspect(value, { depth: 9 })

const READS = [
  {
    name: '§6.46: a row',
    until: /"users"/,
    read: ({ prisma }: Shop) => prisma.user.findUnique({ where: { id: 1 }, cache: true }),
  },
  {
    name: '§6.46: a list',
    until: /"Post"/,
    read: ({ prisma }: Shop) => prisma.post.findMany({ where: { authorId: 1 }, orderBy: { id: 'asc' }, cache: true }),
  },
  {
    name: '§6.47: rows that the result tells of',
    until: /"Comment"/,
    read: ({ prisma }: Shop) =>
      prisma.user.findMany({ where: { id: 3 }, include: { comments: { orderBy: { id: 'asc' } } }, cache: true }),
  },
] as const

describe.each([{ linked: false }, { linked: true }])('races (adapter: $linked)', ({ linked }) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await databases.postgres()
  })
  afterAll(() => database[Symbol.asyncDispose]())

  test.each(READS)('$name, read before a change and kept after it, is read again', async ({ name, until, read }) => {
    await using server = await startRedis()
    const namespace = `race-${linked ? 'linked' : 'bare'}-${name.length}`
    await using slow = createCacheManager({ namespace, l2: redis({ url: server.url }) })
    await using quick = createCacheManager({ namespace, l2: redis({ url: server.url }) })
    const gate = new Gate(until)
    await using reader = await Shop.open(hooked(database, { after: gate.pass }), { linked, cache: slow })
    await using writer = await Shop.open(database, { linked, filled: true, cache: quick })
    gate.shut()
    const held = read(reader).then((answer) => answer)
    await gate.reached
    await writer.prisma.user.update({ where: { id: 1 }, data: { name: 'new' } })
    await writer.prisma.post.update({ where: { id: 1 }, data: { title: 'new' } })
    await writer.prisma.comment.create({ data: { postId: 2, text: 'new', writerId: 3 } })
    gate.open()
    const old = text(await held)
    const fresh = text(await read(writer))
    expect(fresh).toContain("'new'")
    expect(old).not.toContain("'new'")
    expect(text(await read(reader))).toBe(fresh)
  })
})

describe.each([{ linked: false }, { linked: true }])(
  'what may go wrong around a cache (adapter: $linked)',
  ({ linked }) => {
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

    const user = (shop: Shop) => () => shop.prisma.user.findUnique({ where: { id: 1 }, cache: true })
    const rename = (shop: Shop, name: string) => shop.prisma.user.update({ where: { id: 1 }, data: { name } })
    let opened = 0
    const fresh = (): { readonly linked: boolean; readonly dbId: string } => ({ linked, dbId: `wrong-${++opened}` })

    async function node(port = server.port, clock: Clock = systemClock): Promise<CacheManager> {
      const l2 = redis({ url: `redis://127.0.0.1:${port}`, timeoutMs: 300 })
      const manager = createCacheManager({ l2, clock, heartbeat: '600ms' })
      await vi.waitFor(async () => expect((await manager.health()).live).toBe(true))
      return manager
    }

    test('§6.43: a cache that is down at the commit fails no caller, leaves nothing old here, and hears of the change when it is back', async () => {
      await using proxy = await TcpProxy.start({ port: server.port })
      await using here = await node(proxy.port)
      await using there = await node()
      const own = fresh()
      await using writer = await Shop.open(database, { ...own, cache: here })
      await using reader = await Shop.open(database, { ...own, filled: true, cache: there })
      await vi.waitFor(async () => expect(await reader.warms(user(reader))).toBe(true))
      expect(await user(writer)()).toMatchObject({ name: 'Ann' })
      proxy.set({ refuse: true })
      proxy.cut()
      await writer.prisma.$transaction(async (tx) => tx.user.update({ where: { id: 1 }, data: { name: 'during' } }))
      expect(await user(writer)()).toMatchObject({ name: 'during' })
      proxy.set({})
      await vi.waitFor(async () => expect(await user(reader)()).toMatchObject({ name: 'during' }), { timeout: 10_000 })
      expect(await user(writer)()).toMatchObject({ name: 'during' })
    })

    test.each(['first', 'second'] as const)(
      '§6.45: of two transactions on one row, whichever is invalidated last, the last committed is what is read (%s)',
      async (late) => {
        await using here = await node()
        await using there = await node()
        const own = fresh()
        const gate = new Gate(/^COMMIT/)
        const held = hooked(database, { after: gate.pass })
        await using one = await Shop.open(held, { ...own, cache: here })
        await using two = await Shop.open(database, { ...own, filled: true, cache: there })
        const [first, second] = late === 'first' ? [one, two] : [two, one]
        for (const shop of [one, two]) await user(shop)()
        gate.shut()
        const change = (shop: Shop, name: string) =>
          shop.prisma.$transaction(async (tx) => tx.user.update({ where: { id: 1 }, data: { name } }))
        const earlier = change(first, 'earlier')
        // Committed in this order, both; the invalidation of the one that waits comes when the other is long over.
        if (late === 'first') await gate.reached
        else await earlier
        const later = change(second, 'later')
        if (late === 'first') await later
        else await gate.reached
        gate.open()
        await Promise.all([earlier, later])
        for (const shop of [one, two])
          await vi.waitFor(async () => expect(await user(shop)()).toMatchObject({ name: 'later' }))
      },
    )

    test('§6.48: an emptied store only costs reads', async () => {
      await using caches = await node()
      await using shop = await Shop.open(database, { ...fresh(), cache: caches })
      const client = new Redis(server.url)
      await user(shop)()
      for (const name of ['flushed once', 'flushed twice']) {
        await client.flushall()
        await rename(shop, name)
        expect(await user(shop)()).toMatchObject({ name })
        await client.flushall()
        expect(await user(shop)()).toMatchObject({ name })
      }
      await client.quit()
    })

    test('§6.48: so does each mark that is evicted alone', async () => {
      await using here = await node()
      await using there = await node()
      const own = fresh()
      await using writer = await Shop.open(database, { ...own, cache: here })
      await using reader = await Shop.open(database, { ...own, filled: true, cache: there })
      const client = new Redis(server.url)
      await reader.warms(user(reader))
      const marks = await client.keys('*mark*')
      expect(marks.length).toBeGreaterThan(2)
      for (const [round, mark] of marks.entries()) {
        await client.del(mark)
        await rename(writer, `round ${round}`)
        await vi.waitFor(async () => expect(await user(reader)()).toMatchObject({ name: `round ${round}` }))
        expect(await user(writer)()).toMatchObject({ name: `round ${round}` })
      }
      await client.quit()
    })

    test('§6.51b: who comes after a change does not wait for the answer of an older query, and no transaction shares one', async () => {
      await using caches = await node()
      const gate = new Gate(/^SELECT.*"users"/)
      await using shop = await Shop.open(hooked(database, { after: gate.pass }), { ...fresh(), cache: caches })
      gate.shut()
      const before = user(shop)().then((answer) => answer)
      await gate.reached
      await shop.prisma.$transaction(async (tx) => {
        await tx.user.update({ where: { id: 1 }, data: { name: 'changed' } })
        expect(await tx.user.findUnique({ where: { id: 1 }, cache: true })).toMatchObject({ name: 'changed' })
      })
      expect(await user(shop)()).toMatchObject({ name: 'changed' })
      gate.open()
      expect(await before).toMatchObject({ name: 'Ann' })
      expect(await user(shop)()).toMatchObject({ name: 'changed' })
    })

    test('§6.52: what is invalidated is not served as stale', async () => {
      await using caches = await node()
      const defaults = { ttl: '1h', grace: '1h' } as const
      await using shop = await Shop.open(database, { ...fresh(), cache: caches, defaults })
      await user(shop)()
      await rename(shop, 'changed')
      const { value, sql } = await shop.counted(user(shop))
      expect(value).toMatchObject({ name: 'changed' })
      expect(sql).toBe(1)
    })

    test('§6.53: clocks that differ by an hour change nothing about invalidations', async () => {
      const shifted = (ms: number): Clock =>
        Object.assign(Object.create(systemClock) as Clock, {
          now: () => systemClock.now() + ms,
          after: systemClock.after.bind(systemClock),
          monotonic: systemClock.monotonic.bind(systemClock),
        })
      await using early = await node(server.port, shifted(-3_600_000))
      await using late = await node(server.port, shifted(3_600_000))
      const own = { ...fresh(), defaults: { ttl: '5h' } } as const
      await using one = await Shop.open(database, { ...own, cache: early })
      await using other = await Shop.open(database, { ...own, filled: true, cache: late })
      for (const [round, [writer, reader]] of [[one, other] as const, [other, one] as const].entries()) {
        await user(reader)()
        expect((await reader.counted(user(reader))).sql).toBe(0)
        await rename(writer, `round ${round}`)
        expect(await user(writer)()).toMatchObject({ name: `round ${round}` })
        await vi.waitFor(async () => expect(await user(reader)()).toMatchObject({ name: `round ${round}` }))
      }
    })
  },
)
