import { PrismaPg } from '@prisma/adapter-pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { Shop } from './shop.ts'

const WAYS = [
  { kind: 'sqlite', linked: false },
  { kind: 'sqlite', linked: true },
  { kind: 'postgres', linked: false },
  { kind: 'postgres', linked: true },
] as const

class Stop extends Error {}

describe.each(WAYS)('transactions on $kind, learned from the adapter: $linked', ({ kind, linked }) => {
  let database: TestDatabase
  let shop: Shop
  let prisma: Shop['prisma']
  const user = () => prisma.user.findUnique({ where: { id: 1 }, cache: true })
  const isWarm = async () => (await shop.counted(user)).sql === 0

  beforeAll(async () => {
    database = await databases[kind]()
  })
  beforeEach(async () => {
    shop = await Shop.open(database, { linked })
    prisma = shop.prisma
    await user()
    shop.events.splice(0)
  })
  afterEach(async () => {
    expect(shop.errors).toEqual([])
    await shop[Symbol.asyncDispose]()
  })
  afterAll(() => database[Symbol.asyncDispose]())

  const invalidations = () => shop.events.filter(({ kind: what }) => what === 'invalidate').length

  test.skipIf(kind === 'sqlite')('§6.36: until the commit, others are answered what is still true', async () => {
    await prisma.$transaction(async (tx) => {
      await tx.user.update({ where: { id: 1 }, data: { name: 'Amy' } })
      expect(await user()).toMatchObject({ name: 'Ann' })
      expect(await isWarm()).toBe(true)
      expect(invalidations()).toBe(0)
    })
    expect(invalidations()).toBe(1)
    expect(await user()).toMatchObject({ name: 'Amy' })
  })

  test('§6.37: what is rolled back invalidates nothing', async () => {
    const failing = prisma.$transaction(async (tx) => {
      await tx.user.update({ where: { id: 1 }, data: { name: 'Amy', posts: { create: { title: 'x' } } } })
      await tx.$executeRaw`UPDATE users SET name = 'raw'`
      throw new Stop()
    })
    await expect(failing).rejects.toThrow(Stop)
    expect(invalidations()).toBe(0)
    expect(await isWarm()).toBe(true)
    expect(await user()).toMatchObject({ name: 'Ann' })
  })

  test('§6.38: inside a transaction a read sees its own writes, and neither reads nor fills the cache', async () => {
    const inside = await prisma.$transaction(async (tx) => {
      await tx.user.update({ where: { id: 1 }, data: { name: 'Amy' } })
      const own = await tx.user.findUnique({ where: { id: 1 }, cache: true })
      await tx.user.findMany({ cache: true })
      await tx.user.update({ where: { id: 1 }, data: { name: 'Ann' } })
      return own
    })
    expect(inside).toMatchObject({ name: 'Amy' })
    expect((await prisma.user.findMany({ where: { id: 1 }, cache: true }))[0]).toMatchObject({ name: 'Ann' })
    shop.events.splice(0)
    await prisma.$transaction([prisma.post.count({ cache: true }), prisma.post.findMany({ cache: true })])
    expect(shop.events.map((event) => event.kind)).toEqual(['bypass', 'bypass'])
    expect((await shop.counted(() => prisma.post.count({ cache: true }))).sql).toBe(1)
  })

  test('§6.38: so it is in a transaction that changes nothing', async () => {
    await prisma.$transaction(async (tx) => {
      expect(await tx.post.findMany({ where: { authorId: 2 }, cache: true })).toHaveLength(1)
      expect(await tx.user.findUnique({ where: { id: 1 }, cache: true })).toMatchObject({ name: 'Ann' })
    })
    expect(shop.events.map((event) => event.kind)).toEqual(['bypass', 'bypass'])
    expect((await shop.counted(() => prisma.post.findMany({ where: { authorId: 2 }, cache: true }))).sql).toBe(1)
  })

  test.skipIf(!linked || kind !== 'postgres')(
    '§6.38: what raw SQL begins is a transaction too: nothing is read from the cache or kept until it ends',
    async () => {
      const single = { ...database, adapter: () => new PrismaPg({ connectionString: database.url as string, max: 1 }) }
      await using other = await Shop.open(single, { linked, cache: shop.manager, filled: true })
      const read = () => other.prisma.user.findUnique({ where: { id: 1 }, cache: true })
      for (const end of ['ROLLBACK', 'COMMIT']) {
        await read()
        await other.prisma.$executeRawUnsafe('BEGIN')
        await other.prisma.user.update({ where: { id: 1 }, data: { name: end } })
        expect(await read()).toMatchObject({ name: end })
        expect((await other.counted(read)).sql).toBe(1)
        await other.prisma.$executeRawUnsafe(end)
        expect(await read()).toMatchObject({ name: end === 'COMMIT' ? end : 'Ann' })
        expect((await other.counted(read)).sql).toBe(0)
      }
    },
  )

  test.skipIf(kind === 'sqlite')('isolation levels make no difference to what is kept', async () => {
    for (const isolationLevel of ['ReadCommitted', 'RepeatableRead', 'Serializable'] as const) {
      await prisma.$transaction(
        async (tx) => {
          await tx.user.update({ where: { id: 1 }, data: { name: isolationLevel } })
          await tx.user.findUnique({ where: { id: 1 }, cache: true })
        },
        { isolationLevel },
      )
      expect(await user()).toMatchObject({ name: isolationLevel })
      expect(await isWarm()).toBe(true)
    }
  })

  test('a batch invalidates when it is committed', async () => {
    await prisma.$transaction([
      prisma.user.update({ where: { id: 1 }, data: { name: 'Amy' } }),
      prisma.post.create({ data: { title: 'x', authorId: 1 } }),
      prisma.$executeRaw`UPDATE "Tag" SET "label" = 'x' WHERE "id" = 1`,
    ])
    expect(await user()).toMatchObject({ name: 'Amy' })
  })

  test('§6.39: a batch whose last operation fails leaves no trace', async () => {
    const failing = prisma.$transaction([
      prisma.user.update({ where: { id: 1 }, data: { name: 'Amy' } }),
      prisma.user.findMany({ cache: true }),
      prisma.user.create({ data: { email: 'Ann@shop' } }),
    ])
    await expect(failing).rejects.toMatchObject({ code: 'P2002' })
    expect(invalidations()).toBe(0)
    expect(await isWarm()).toBe(true)
    expect(await prisma.user.findMany({ where: { id: 1 }, cache: true })).toMatchObject([{ name: 'Ann' }])
  })

  test('§6.40: one transaction inside another', async () => {
    await prisma.$transaction(async (tx) => {
      const nested = tx as unknown as typeof prisma
      await nested.$transaction(async (inner) => inner.post.create({ data: { title: 'kept', authorId: 1 } }))
      const failing = nested.$transaction(async (inner) => {
        await inner.user.update({ where: { id: 1 }, data: { name: 'never' } })
        throw new Stop()
      })
      await expect(failing).rejects.toThrow(Stop)
      expect(invalidations()).toBe(0)
    })
    expect(invalidations()).toBe(1)
    expect(await user()).toMatchObject({ name: 'Ann' })
    expect(await prisma.post.count({ where: { authorId: 1 }, cache: true })).toBe(3)
    shop.events.splice(0)
    const outer = prisma.$transaction(async (tx) => {
      await (tx as unknown as typeof prisma).$transaction(async (inner) =>
        inner.user.update({ where: { id: 1 }, data: { name: 'never' } }),
      )
      throw new Stop()
    })
    await expect(outer).rejects.toThrow(Stop)
    expect(invalidations()).toBe(0)
  })

  test.skipIf(kind === 'sqlite')(
    'a transaction of the client itself inside the function of another is its own',
    async () => {
      const outer = prisma.$transaction(async () => {
        await prisma.$transaction(async (tx) => tx.user.update({ where: { id: 1 }, data: { name: 'Amy' } }))
        expect(await user()).toMatchObject({ name: 'Amy' })
        throw new Stop()
      })
      await expect(outer).rejects.toThrow(Stop)
      expect(await user()).toMatchObject({ name: 'Amy' })
    },
  )

  test.skipIf(kind === 'sqlite')(
    '§6.41: a transaction that the database gave up commits nothing, and nothing of it is kept',
    async () => {
      const failing = prisma.$transaction(async (tx) => {
        await tx.user.update({ where: { id: 1 }, data: { name: 'Amy' } })
        await tx.$executeRaw`SELECT 1 / 0`.catch(() => undefined)
        await tx.user.findMany({ cache: true }).catch(() => undefined)
      })
      await failing.catch(() => undefined)
      expect(await user()).toMatchObject({ name: 'Ann' })
      expect((await shop.counted(() => prisma.user.findMany({ cache: true }))).sql).toBe(1)
    },
  )

  test('§6.44: what comes after the transaction reads the new value', async () => {
    for (let round = 0; round < 20; round++) {
      await prisma.$transaction(async (tx) => tx.user.update({ where: { id: 1 }, data: { name: `n${round}` } }))
      expect(await user()).toMatchObject({ name: `n${round}` })
    }
  })
})

describe('commits of which nobody knows the outcome', () => {
  test.each([{ linked: false }, { linked: true }])('§6.42: are invalidated (adapter: $linked)', async ({ linked }) => {
    await using database = await databases.postgres()
    const original = database.adapter
    const failing = {
      ...database,
      adapter: () => {
        const factory = original()
        const connect = factory.connect.bind(factory)
        factory.connect = async () => {
          const adapter = await connect()
          const start = adapter.startTransaction.bind(adapter)
          adapter.startTransaction = async (level) => {
            const transaction = await start(level)
            const commit = transaction.commit.bind(transaction)
            transaction.commit = async () => {
              if (transaction.options.usePhantomQuery) await commit()
              else await transaction.executeRaw({ sql: 'COMMIT', args: [], argTypes: [] }).then(commit)
              if (lost) throw new Error('the connection was lost')
            }
            return transaction
          }
          return adapter
        }
        return factory
      },
    }
    let lost = false
    await using shop = await Shop.open(failing, { linked })
    const read = () => shop.prisma.user.findUnique({ where: { id: 1 }, cache: true })
    await read()
    lost = true
    await expect(
      shop.prisma.$transaction(async (tx) => tx.user.update({ where: { id: 1 }, data: { name: 'Amy' } })),
    ).rejects.toThrow()
    lost = false
    expect(await read()).toMatchObject({ name: 'Amy' })
  })

  test('§6.42: a transaction that takes too long invalidates what it may have changed', async () => {
    await using database = await databases.postgres()
    await using shop = await Shop.open(database)
    const read = () => shop.prisma.user.findUnique({ where: { id: 1 }, cache: true })
    await read()
    shop.events.splice(0)
    const slow = shop.prisma.$transaction(
      async (tx) => {
        await tx.user.update({ where: { id: 1 }, data: { name: 'Amy' } })
        await new Promise((resolve) => setTimeout(resolve, 200))
        await tx.user.findFirst()
      },
      { timeout: 100 },
    )
    await expect(slow).rejects.toMatchObject({ code: 'P2028' })
    expect(shop.events.some(({ kind }) => kind === 'invalidate')).toBe(true)
    expect(await read()).toMatchObject({ name: 'Ann' })
  })
})
