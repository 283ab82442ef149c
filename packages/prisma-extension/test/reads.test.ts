import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { noCache, withCache } from '../src/index.ts'
import { databases } from './databases.ts'
import type { DatabaseKind, TestDatabase } from './databases.ts'
import { Prisma } from './generated/postgres/client.ts'
import { Prisma as SqlitePrisma } from './generated/sqlite/client.ts'
import { Shop } from './shop.ts'

describe.each(['sqlite', 'postgres', 'pglite'] as const)('reads from %s', (kind: DatabaseKind) => {
  let database: TestDatabase
  let shop: Shop
  const { JsonNull, DbNull } = kind === 'sqlite' ? (SqlitePrisma as unknown as typeof Prisma) : Prisma

  beforeAll(async () => {
    database = await databases[kind]()
  })
  beforeEach(async () => {
    shop = await Shop.open(database)
  })
  afterEach(async () => {
    expect(shop.errors).toEqual([])
    await shop[Symbol.asyncDispose]()
  })
  afterAll(() => database[Symbol.asyncDispose]())

  test('§6.1: a query that was asked before needs no statement', async () => {
    const { prisma } = shop
    expect(await shop.warms(() => prisma.user.findMany({ where: { tenantId: 1 }, cache: true }))).toBe(true)
    expect(await shop.warms(() => prisma.user.findMany({ where: { tenantId: 1 } }))).toBe(false)
    expect(prisma.$cache.stats()).toMatchObject({ hits: 1, misses: 1, bypasses: 0 })
  })

  test('§6.2: no answer shares anything with another', async () => {
    const { prisma } = shop
    const read = () => prisma.post.findMany({ include: { tags: true }, orderBy: { id: 'asc' }, cache: true })
    const before = JSON.stringify(await read())
    for (let time = 0; time < 3; time++) {
      const posts = await read()
      expect(JSON.stringify(posts)).toBe(before)
      posts[0]?.tags.pop()
      if (posts[0] !== undefined) posts[0].title = 'mine'
    }
  })

  test('§6.3: every type is on a hit what it was on the miss', async () => {
    const { prisma } = shop
    const settings = { list: [1, 'two', null, { deep: true }], nothing: null }
    const data = {
      balance: '1234567890.10',
      visits: kind === 'sqlite' ? 9007199254740991n : 9007199254740993n,
      avatar: new Uint8Array([0, 255, 1]),
      score: 1.5,
    }
    await prisma.user.update({ where: { id: 1 }, data: { ...data, settings } })
    await prisma.user.update({ where: { id: 2 }, data: { settings: JsonNull, balance: '-0.000001' } })
    await prisma.user.update({ where: { id: 3 }, data: { settings: DbNull } })
    const read = () => prisma.user.findMany({ orderBy: { id: 'asc' }, cache: true })
    const plain = await shop.base.user.findMany({ orderBy: { id: 'asc' } })
    expect(await read()).toStrictEqual(plain)
    const { value, sql } = await shop.counted(read)
    expect(sql).toBe(0)
    expect(value).toStrictEqual(plain)
    expect(value[0]?.balance).toBeInstanceOf(Prisma.Decimal)
    expect(value[0]?.balance.plus(1).toString()).toBe('1234567891.1')
    expect(value[0]?.joinedAt).toBeInstanceOf(Date)
    expect(value[0]?.avatar).toBeInstanceOf(Uint8Array)
    const raw = () => withCache({}, () => prisma.$queryRaw`SELECT * FROM users WHERE id = ${1}`)
    expect(await raw()).toStrictEqual(await raw())
  })

  test('§6.4: one value in two types is two keys, with the same tags', () => {
    const told = [1, 1n].map((visits) =>
      shop.prisma.$cache.explain('User', 'findMany', { where: { id: visits }, cache: true }),
    )
    const [one, other] = told
    if (one?.cached !== true || other?.cached !== true) throw new Error('not cached')
    expect(one.key).not.toBe(other.key)
    expect(one.tags).toEqual(other.tags)
  })

  test('§6.4: queries that differ in anything never share an answer; the order of arguments and what is undefined make no difference', async () => {
    const { prisma } = shop
    const where = { id: 1 }
    const keys = [
      { where },
      { where, select: { id: true } },
      { where, select: { id: true, name: true } },
      { where, omit: { name: true } },
      { where, include: { posts: true } },
      { where, include: { posts: { take: 1 } } },
      { where: { id: { equals: 1 } } },
      { where: { settings: { equals: DbNull } } },
      { where: { settings: { equals: JsonNull } } },
      { where: { name: '1' } },
      { where: { name: { equals: prisma.user.fields.email } } },
    ].map((args) => prisma.$cache.explain('User', 'findMany', { ...args, cache: true }))
    expect(new Set(keys.map((one) => one.cached && one.key)).size).toBe(keys.length)
    const one = prisma.$cache.explain('User', 'findMany', { take: 5, where: { id: 1, name: undefined }, cache: true })
    const two = prisma.$cache.explain('User', 'findMany', { where: { id: 1 }, take: 5, skip: undefined, cache: true })
    expect(one).toEqual(two)
  })

  test('§6.7: find, count, aggregate and groupBy are cached and invalidated together', async () => {
    const { prisma } = shop
    const reads: readonly (() => PromiseLike<unknown>)[] = [
      () => prisma.post.findUnique({ where: { id: 1 }, cache: true }),
      () => prisma.post.findUniqueOrThrow({ where: { id: 1 }, cache: true }),
      () => prisma.post.findFirst({ where: { authorId: 1 }, cache: true }),
      () => prisma.post.findFirstOrThrow({ where: { authorId: 1 }, cache: true }),
      () => prisma.post.findMany({ where: { authorId: 1 }, skip: 1, take: 1, cache: true }),
      () => prisma.post.count({ where: { authorId: 1 }, cache: true }),
      () => prisma.post.aggregate({ where: { authorId: 1 }, _avg: { rating: true }, cache: true }),
      () => prisma.post.groupBy({ by: ['authorId'], _count: true, cache: true }),
    ]
    for (const read of reads) {
      expect(await shop.warms(read)).toBe(true)
      const before = await read()
      expect(await read()).toStrictEqual(before)
    }
    await prisma.post.update({ where: { id: 1 }, data: { rating: 8 } })
    for (const read of reads) expect((await shop.counted(read)).sql).toBeGreaterThan(0)
  })

  test('§6.9: an answer of nothing is cached, until a row appears that it would hold', async () => {
    const { prisma } = shop
    const one = () => prisma.user.findUnique({ where: { id: 4 }, cache: true })
    const many = () => prisma.post.findMany({ where: { authorId: 3 }, cache: true })
    expect(await one()).toBeNull()
    expect(await many()).toEqual([])
    expect(await shop.warms(one)).toBe(true)
    expect(await shop.warms(many)).toBe(true)
    await prisma.user.create({ data: { email: 'dan@shop' } })
    await prisma.post.create({ data: { title: 'four', authorId: 3 } })
    expect(await one()).toMatchObject({ email: 'dan@shop' })
    expect(await many()).toHaveLength(1)
    await expect(prisma.user.findUniqueOrThrow({ where: { id: 99 }, cache: true })).rejects.toMatchObject({
      code: 'P2025',
    })
  })

  test('§6.10: a model that only filters or orders is a dependency', async () => {
    const { prisma } = shop
    const byName = () => prisma.post.findMany({ where: { author: { is: { name: 'Ann' } } }, cache: true })
    const byTag = () => prisma.post.findMany({ where: { tags: { some: { label: 'red' } } }, cache: true })
    const ordered = () => prisma.post.findMany({ orderBy: { author: { name: 'desc' } }, cache: true })
    const inside = () =>
      prisma.user.findMany({
        where: { NOT: { posts: { every: { comments: { none: { text: 'bad' } } } } } },
        cache: true,
      })
    expect(await byName()).toHaveLength(2)
    expect(await shop.survives(byName, () => prisma.user.update({ where: { id: 1 }, data: { name: 'Amy' } }))).toBe(
      false,
    )
    expect(await shop.survives(byTag, () => prisma.tag.update({ where: { id: 1 }, data: { label: 'pink' } }))).toBe(
      false,
    )
    expect(await shop.survives(ordered, () => prisma.user.update({ where: { id: 2 }, data: { name: 'Zoe' } }))).toBe(
      false,
    )
    expect(await shop.survives(inside, () => prisma.comment.deleteMany({ where: { text: 'bad' } }))).toBe(false)
  })

  test('a raw query is cached inside withCache, with the tables of its text', async () => {
    const { prisma } = shop
    const titles = () =>
      withCache(
        { ttl: '5s' },
        () => prisma.$queryRaw`SELECT "title" FROM "Post" WHERE "author_id" = ${1} ORDER BY "id"`,
      )
    expect(await shop.warms(titles)).toBe(true)
    expect(await shop.survives(titles, () => prisma.post.update({ where: { id: 3 }, data: { title: 'other' } }))).toBe(
      true,
    )
    expect(await shop.survives(titles, () => prisma.post.update({ where: { id: 1 }, data: { title: 'uno' } }))).toBe(
      false,
    )
    expect(await titles()).toEqual([{ title: 'uno' }, { title: 'two' }])
  })

  test('§6.11: what answers differently each time, what locks and what writes is never cached', async () => {
    const { prisma } = shop
    const texts = ['SELECT random() > 2 AS "n"', 'SELECT CURRENT_TIMESTAMP AS "now"']
    if (kind !== 'sqlite') texts.push('SELECT "id" FROM "users" FOR UPDATE', `SELECT nextval('users_id_seq')`)
    for (const sql of [...texts, `UPDATE "users" SET "name" = 'x' RETURNING "id"`])
      expect(await shop.warms(() => withCache({}, () => prisma.$queryRawUnsafe(sql))), sql).toBe(false)
  })

  test('§6.60: without a cache the statements are those of the plain client, and so are the answers', async () => {
    await using other = await Shop.open(database, { filled: true, models: { Post: false } })
    const work = [
      (prisma: Shop['base']) => prisma.user.findMany({ include: { posts: { include: { tags: true } } } }),
      (prisma: Shop['base']) => prisma.post.findFirst({ where: { author: { name: 'Ann' } }, orderBy: { id: 'asc' } }),
      (prisma: Shop['base']) => prisma.user.findUnique({ where: { id: 1 } }).posts(),
      (prisma: Shop['base']) => prisma.post.groupBy({ by: ['authorId'], _count: true, orderBy: { authorId: 'asc' } }),
      (prisma: Shop['base']) =>
        prisma.post.update({ where: { id: 1 }, data: { title: 'same' }, include: { tags: true } }),
      (prisma: Shop['base']) => prisma.$transaction([prisma.tag.count(), prisma.post.count()]),
      (prisma: Shop['base']) => prisma.$queryRaw`SELECT "id" FROM "users" ORDER BY "id"`,
    ]
    for (const run of work) {
      other.sql()
      const plain = await run(other.base)
      const statements = other.sql()
      const extended = other.prisma as unknown as Shop['base']
      expect(await run(extended)).toStrictEqual(plain)
      expect(other.sql()).toEqual(statements)
      expect(await noCache(async () => await run(extended))).toStrictEqual(plain)
      expect(other.sql()).toEqual(statements)
    }
    expect(other.prisma.$cache.stats()).toMatchObject({ hits: 0, misses: 0, bypasses: 0 })
  })

  test('§6.13: what a tenant reads is never what another one reads, and without a tenant nothing is cached', async () => {
    let tenant: string | undefined = 'a'
    await using other = await Shop.open(database, { filled: true, scope: () => tenant, scopeRequired: true })
    const read = () => other.prisma.user.findMany({ cache: true })
    expect(await other.warms(read)).toBe(true)
    tenant = 'b'
    expect((await other.counted(read)).sql).toBe(1)
    tenant = undefined
    expect(await other.warms(read)).toBe(false)
  })

  test('§6.5: a field that the client leaves out is not served to it from the answer of another client', async () => {
    await using other = await Shop.open(database, {
      filled: true,
      cache: shop.manager,
      omit: { user: { email: true } },
    })
    const whole = await shop.prisma.user.findFirst({ where: { id: 1 }, cache: true })
    const part = await other.prisma.user.findFirst({ where: { id: 1 }, cache: true })
    expect(whole).toHaveProperty('email')
    expect(part).not.toHaveProperty('email')
  })

  test('§6.60: without asking, nothing is cached; cache: false and noCache have the last word', async () => {
    await using other = await Shop.open(database, {
      filled: true,
      defaults: { mode: 'opt-out' },
      models: { Profile: false },
    })
    const { prisma } = other
    expect(await other.warms(() => prisma.user.findMany())).toBe(true)
    expect(await other.warms(() => prisma.user.findMany({ cache: false }))).toBe(false)
    expect(await other.warms(() => noCache(() => prisma.user.findMany()))).toBe(false)
    expect(await other.warms(() => prisma.profile.findMany({ cache: true }))).toBe(false)
    expect(await other.warms(() => prisma.user.findMany({ include: { profile: true } }))).toBe(false)
    expect(await shop.warms(() => withCache({}, () => shop.prisma.user.findMany({ cache: false })))).toBe(false)
  })

  test('§6.51: a hundred callers at once make one statement', async () => {
    const { sql, value } = await shop.counted(() =>
      Promise.all(
        Array.from({ length: 100 }, () => shop.prisma.post.findMany({ where: { authorId: 1 }, cache: true })),
      ),
    )
    expect(sql).toBe(1)
    expect(new Set(value).size).toBe(100)
  })

  test('§6.58: what explain tells is what is kept, and the counters add up', async () => {
    const { prisma } = shop
    const args = {
      where: { authorId: 1 },
      include: { tags: true, author: { select: { name: true } } },
      cache: true,
    } as const
    const told = prisma.$cache.explain('Post', 'findMany', args)
    const { info } = await prisma.$cache.withInfo(() => prisma.post.findMany(args))
    if (!told.cached) throw new Error(told.why)
    expect(info).toEqual([{ kind: 'miss', key: told.key }])
    const entry = await shop.manager.cache('prisma', { copy: 'share', onUnavailable: 'queue' }).getEntry(told.key)
    for (const tag of told.tags) expect(entry?.tags).toContain(tag)
    expect(told.late.toSorted()).toEqual(['Tag', 'User'])
    const second = await prisma.$cache.withInfo(() => prisma.post.findMany(args))
    expect(second.info).toEqual([{ kind: 'hit', key: told.key }])
    await prisma.$transaction([prisma.post.findMany(args)])
    expect(prisma.$cache.stats()).toMatchObject({ hits: 1, misses: 1, bypasses: 1 })
  })

  test('the fluent form is cached apart from the query that it begins with, inside withCache and with an argument of its own', async () => {
    const { prisma } = shop
    const posts = () => prisma.user.findUnique({ where: { id: 1 }, cache: true }).posts({ orderBy: { id: 'asc' } })
    const around = () => withCache({}, () => prisma.user.findUnique({ where: { id: 1 } }).posts())
    const deeper = () =>
      prisma.comment
        .findUnique({ where: { id: 1 }, cache: true })
        .post()
        .tags()
    expect(await posts()).toHaveLength(2)
    expect(await deeper()).toHaveLength(2)
    for (const read of [posts, around, deeper]) expect(await shop.warms(read)).toBe(true)
    expect(await prisma.user.findUnique({ where: { id: 1 }, cache: true })).toMatchObject({ id: 1 })
    const create = () => prisma.post.create({ data: { title: 'x', authorId: 1 } })
    expect(await shop.survives(posts, create)).toBe(false)
    expect(await posts()).toHaveLength(3)
    expect(await shop.survives(around, create)).toBe(false)
    const disconnect = () => prisma.post.update({ where: { id: 1 }, data: { tags: { disconnect: { id: 1 } } } })
    expect(await shop.survives(deeper, disconnect)).toBe(false)
    expect(await deeper()).toHaveLength(1)
    expect(await prisma.user.findUnique({ where: { id: 99 }, cache: true }).posts()).toBeNull()
  })
})
