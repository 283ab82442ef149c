import { Catalog } from '@larder/query-tags'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { Shop } from './shop.ts'

const WAYS = [
  { kind: 'sqlite', linked: false },
  { kind: 'sqlite', linked: true },
  { kind: 'postgres', linked: false },
  { kind: 'postgres', linked: true },
  { kind: 'pglite', linked: true },
] as const

describe.each(WAYS)('writes to $kind, learned from the adapter: $linked', ({ kind, linked }) => {
  let database: TestDatabase
  let shop: Shop
  let prisma: Shop['prisma']
  const list = (authorId: number) => () =>
    prisma.post.findMany({ where: { authorId }, orderBy: { id: 'asc' }, cache: true })
  const user = (id: number) => () => prisma.user.findUnique({ where: { id }, cache: true })
  const withTags = () => prisma.post.findMany({ where: { authorId: 1 }, include: { tags: true }, cache: true })

  beforeAll(async () => {
    database = await databases[kind]()
  })
  beforeEach(async () => {
    shop = await Shop.open(database, { linked })
    prisma = shop.prisma
  })
  afterEach(async () => {
    expect(shop.errors).toEqual([])
    await shop[Symbol.asyncDispose]()
  })
  afterAll(() => database[Symbol.asyncDispose]())

  test('§6.15: an update by id invalidates that row and the lists that hold it, not another row', async () => {
    const rename = () => prisma.user.update({ where: { id: 1 }, data: { name: 'Amy' } })
    expect(await shop.survives(user(2), rename)).toBe(true)
    expect(await shop.survives(user(1), rename)).toBe(false)
    expect(await shop.survives(() => prisma.user.findMany({ cache: true }), rename)).toBe(false)
    expect(await user(1)()).toMatchObject({ name: 'Amy' })
  })

  test('§6.16: an insert invalidates the list that it belongs to, not another', async () => {
    const create = () => prisma.post.create({ data: { title: 'new', authorId: 2 } })
    expect(await shop.survives(list(1), create)).toBe(true)
    expect(await shop.survives(list(2), create)).toBe(false)
    expect(
      await shop.survives(list(1), () =>
        prisma.post.create({ data: { title: 'by name', author: { connect: { id: 3 } } } }),
      ),
    ).toBe(true)
    expect(
      await shop.survives(list(1), () =>
        prisma.post.createMany({
          data: [
            { title: 'a', authorId: 2 },
            { title: 'b', authorId: 3 },
          ],
        }),
      ),
    ).toBe(true)
    expect(
      await shop.survives(list(3), () => prisma.post.createManyAndReturn({ data: [{ title: 'c', authorId: 3 }] })),
    ).toBe(false)
    expect((await list(3)()).map((post) => post.title)).toEqual(['by name', 'b', 'c'])
  })

  test('§6.17: a row that moves from one list to another invalidates both', async () => {
    for (const data of [{ authorId: 3 }, { author: { connect: { id: 3 } } }]) {
      await prisma.post.update({ where: { id: 1 }, data: { authorId: 1 } })
      await Promise.all([list(1)(), list(3)()])
      await prisma.post.update({ where: { id: 1 }, data })
      expect((await list(1)()).map(({ id }) => id)).toEqual([2])
      expect((await list(3)()).map(({ id }) => id)).toEqual([1])
    }
  })

  test('§6.17b: a row that another transaction moved in between is missing in no list', async () => {
    await using other = await Shop.open(database, { linked, filled: true, cache: shop.manager })
    const loaded = await prisma.post.findUniqueOrThrow({ where: { id: 1 } })
    await other.prisma.post.update({ where: { id: loaded.id }, data: { authorId: 2 } })
    await list(2)()
    await prisma.post.update({ where: { id: loaded.id }, data: { title: 'saved' } })
    expect((await list(2)()).find(({ id }) => id === 1)?.title).toBe('saved')
  })

  test('§6.18: a row that moves into the first ones by another field is seen', async () => {
    const top = () =>
      prisma.post.findMany({ where: { authorId: 1 }, orderBy: { rating: 'desc' }, take: 1, cache: true })
    expect(await top()).toMatchObject([{ id: 1 }])
    await prisma.post.update({ where: { id: 2 }, data: { rating: { increment: 10 } } })
    expect(await top()).toMatchObject([{ id: 2 }])
  })

  test('§6.18: so is a change of the row at which a cursor stands', async () => {
    const args = { where: { authorId: 1 }, cursor: { id: 3 }, orderBy: { rating: 'asc' } } as const
    const after = () => prisma.post.findMany({ ...args, cache: true })
    expect(await after()).toEqual([])
    await prisma.post.update({ where: { id: 3 }, data: { authorId: 1, rating: 4 } })
    expect((await after()).map(({ id }) => id)).toEqual([3, 1])
    await prisma.post.update({ where: { id: 3 }, data: { rating: 0 } })
    expect((await after()).map(({ id }) => id)).toEqual([3, 2, 1])
  })

  test('§6.20: the row at which a cursor stands may be the child of another', async () => {
    const read = () =>
      prisma.user.findUnique({
        where: { id: 1 },
        include: { posts: { cursor: { id: 3 }, orderBy: { rating: 'asc' } } },
        cache: true,
      })
    await read()
    for (const rating of [0, 4, 9]) {
      await prisma.post.update({ where: { id: 3 }, data: { rating } })
      expect(await read()).toEqual(
        await shop.base.user.findUnique({
          where: { id: 1 },
          include: { posts: { cursor: { id: 3 }, orderBy: { rating: 'asc' } } },
        }),
      )
    }
  })

  test('§6.19: a row that is included is a dependency, and no other of its model', async () => {
    const read = () =>
      prisma.post.findMany({
        where: { authorId: 1 },
        select: { title: true, author: { select: { name: true } } },
        cache: true,
      })
    const whole = () => prisma.post.findMany({ where: { authorId: 1 }, include: { author: true }, cache: true })
    const rename = (id: number) => prisma.user.update({ where: { id }, data: { name: `n${Math.abs(id)}` } })
    expect(await shop.survives(whole, () => rename(2))).toBe(true)
    expect(await shop.survives(whole, () => rename(1))).toBe(false)
    expect(await shop.survives(read, () => prisma.user.update({ where: { id: 1 }, data: { name: 'other' } }))).toBe(
      false,
    )
    expect((await read())[0]?.author.name).toBe('other')
  })

  test('§6.20: children that come and go invalidate who shows, counts or limits them, and only these', async () => {
    const reads = [
      () => prisma.post.findUnique({ where: { id: 1 }, include: { comments: true }, cache: true }),
      () =>
        prisma.post.findUnique({ where: { id: 1 }, include: { _count: { select: { comments: true } } }, cache: true }),
      () =>
        prisma.post.findUnique({
          where: { id: 1 },
          include: { comments: { take: 1, orderBy: { id: 'desc' } } },
          cache: true,
        }),
    ]
    for (const read of reads) {
      expect(await shop.survives(read, () => prisma.comment.create({ data: { text: 'x', postId: 2 } }))).toBe(true)
      expect(await shop.survives(read, () => prisma.comment.create({ data: { text: 'x', postId: 1 } }))).toBe(false)
      expect(await shop.survives(read, () => prisma.comment.deleteMany({ where: { postId: 1, text: 'x' } }))).toBe(
        false,
      )
    }
  })

  test('§6.21: links of many to many, set from either side, invalidate both sides', async () => {
    const tag = () => prisma.tag.findUnique({ where: { id: 3 }, include: { posts: true }, cache: true })
    const changes = [
      () => prisma.post.update({ where: { id: 1 }, data: { tags: { connect: { id: 3 } } } }),
      () => prisma.post.update({ where: { id: 1 }, data: { tags: { disconnect: { id: 3 } } } }),
      () => prisma.tag.update({ where: { id: 3 }, data: { posts: { connect: { id: 1 } } } }),
      () => prisma.tag.update({ where: { id: 3 }, data: { posts: { set: [] } } }),
      () => prisma.post.update({ where: { id: 1 }, data: { tags: { set: [{ id: 3 }] } } }),
    ]
    for (const change of changes) {
      await Promise.all([withTags(), tag()])
      await change()
      expect(await withTags()).toEqual(
        await shop.base.post.findMany({ where: { authorId: 1 }, include: { tags: true } }),
      )
      expect(await tag()).toEqual(await shop.base.tag.findUnique({ where: { id: 3 }, include: { posts: true } }))
    }
    expect(await shop.survives(withTags, () => prisma.tag.update({ where: { id: 3 }, data: { label: 'lila' } }))).toBe(
      false,
    )
  })

  test('§6.23: what a where pins is all that updateMany and deleteMany invalidate; without, everything of the table', async () => {
    expect(
      await shop.survives(list(1), () => prisma.post.updateMany({ where: { authorId: 2 }, data: { rating: 1 } })),
    ).toBe(true)
    expect(
      await shop.survives(list(2), () => prisma.post.updateMany({ where: { authorId: 2 }, data: { rating: 2 } })),
    ).toBe(false)
    expect(
      await shop.survives(list(2), () =>
        prisma.post.updateMany({ where: { title: { contains: 'o' } }, data: { rating: 3 } }),
      ),
    ).toBe(false)
    expect(
      await shop.survives(list(1), () =>
        prisma.post.updateManyAndReturn({ where: { authorId: 2 }, data: { rating: 4 } }),
      ),
    ).toBe(true)
    expect(await shop.survives(list(1), () => prisma.post.deleteMany({ where: { authorId: 2 } }))).toBe(true)
    expect(await shop.survives(list(1), () => prisma.post.deleteMany())).toBe(false)
  })

  test('§6.24, §6.25: defaults, computed values and a narrow select leave no list stale', async () => {
    const ofTenant = () => prisma.user.count({ where: { tenantId: 1 }, cache: true })
    const profile = () => prisma.profile.findUnique({ where: { userId: 1 }, cache: true })
    expect(await ofTenant()).toBe(3)
    await prisma.user.create({ data: { email: 'd@shop' }, select: { email: true } })
    expect(await ofTenant()).toBe(4)
    await list(1)()
    await prisma.post.update({ where: { id: 1 }, data: { rating: { increment: 1 } }, select: { title: true } })
    expect(await list(1)()).toMatchObject([{ rating: 6 }, { rating: 3 }])
    expect(await profile()).toMatchObject({ bio: 'hers' })
    await prisma.profile.update({ where: { id: 1 }, data: { userId: { increment: 1 } }, select: { bio: true } })
    expect(await profile()).toBeNull()
  })

  test('§6.26: upserts that insert and upserts that update', async () => {
    const upsert = () =>
      prisma.user.upsert({
        where: { email: 'new@shop' },
        create: { email: 'new@shop' },
        update: { name: 'again', tenantId: 2 },
      })
    const all = () => prisma.user.findMany({ orderBy: { id: 'asc' }, cache: true })
    const last = () => prisma.user.findUnique({ where: { id: 4 }, cache: true })
    for (let time = 0; time < 2; time++) {
      await Promise.all([all(), last()])
      await upsert()
      expect(await all()).toEqual(await shop.base.user.findMany({ orderBy: { id: 'asc' } }))
      expect(await last()).toEqual(await shop.base.user.findUnique({ where: { id: 4 } }))
    }
  })

  test('§6.26: rows that are there already are skipped, and INSERT … SELECT is a change of the table', async () => {
    const tags = () => prisma.like.findMany({ where: { commentId: 1 }, orderBy: { visitor: 'asc' }, cache: true })
    expect(await tags()).toHaveLength(1)
    if (kind !== 'sqlite') {
      const data = [1, 2].flatMap((commentId) => [7, 8].map((visitor) => ({ commentId, visitor })))
      await prisma.like.createMany({ data, skipDuplicates: true })
      expect((await tags()).map(({ visitor }) => visitor)).toEqual([7, 8])
    }
    await prisma.$executeRaw`INSERT INTO "Like" ("commentId", "visitor") VALUES (1, 7) ON CONFLICT DO NOTHING`
    await tags()
    await prisma.$executeRaw`INSERT INTO "Like" ("commentId", "visitor") SELECT "id", 70 FROM "Comment"`
    expect((await tags()).at(-1)).toEqual({ commentId: 1, visitor: 70 })
  })

  test('§6.24: what a trigger changes is declared', async () => {
    if (kind !== 'sqlite') return
    const models = { Post: { computed: ['rating'], schemes: [['rating']] } }
    await using other = await Shop.open(database, { linked, models, sideEffects: { Comment: ['Tag'] } })
    await other.base.$executeRawUnsafe(
      `CREATE TRIGGER rate AFTER INSERT ON "Post" BEGIN UPDATE "Post" SET "rating" = 50 WHERE "id" = NEW."id"; END`,
    )
    await other.base.$executeRawUnsafe(
      `CREATE TRIGGER note AFTER INSERT ON "Comment" BEGIN UPDATE "Tag" SET "label" = 'noted' WHERE "id" = 1; END`,
    )
    const rated = (rating: number) => () => other.prisma.post.count({ where: { rating }, cache: true })
    const tag = () => other.prisma.tag.findUnique({ where: { id: 1 }, cache: true })
    for (const read of [rated(1), rated(50), tag]) await read()
    await other.prisma.post.create({ data: { title: 'x', authorId: 1, rating: 1 } })
    expect([await rated(1)(), await rated(50)()]).toEqual([0, 1])
    await other.prisma.comment.create({ data: { postId: 1, text: 'x' } })
    expect(await tag()).toMatchObject({ label: 'noted' })
  })

  test('§6.33: what cannot be read invalidates everything, and is said', async () => {
    // A statement that may do anything.
    const unknown = kind === 'sqlite' ? "ATTACH ':memory:' AS other" : `DO 'BEGIN END'`
    expect(await shop.survives(user(1), () => prisma.$executeRawUnsafe(unknown))).toBe(false)
    if (kind === 'sqlite') return
    // A function that nobody declared.
    await shop.base.$executeRawUnsafe(
      `CREATE OR REPLACE FUNCTION baptize() RETURNS int LANGUAGE sql AS 'UPDATE users SET name = ''Bap'' WHERE id = 1 RETURNING id'`,
    )
    expect(await shop.survives(user(1), () => prisma.$queryRaw`SELECT baptize()`)).toBe(false)
    expect(await user(1)()).toMatchObject({ name: 'Bap' })
  })

  test('§6.33: an error while it is found out what changed invalidates everything, and fails nobody', async () => {
    await user(1)()
    const broken = vi.spyOn(Catalog.prototype, 'find').mockImplementation(() => {
      throw new Error('unforeseen')
    })
    await prisma.$executeRaw`UPDATE "users" SET "name" = 'odd' WHERE "id" = 1`
    broken.mockRestore()
    expect(await user(1)()).toMatchObject({ name: 'odd' })
    expect(shop.errors.splice(0)).toContainEqual(new Error('unforeseen'))
  })

  test('§6.29: a text of several statements is all of them', async () => {
    if (kind === 'sqlite') return
    const several = `UPDATE "Tag" SET "label" = 'x' WHERE "id" = 1; UPDATE "users" SET "name" = 'several' WHERE "id" = 1`
    const tag = () => prisma.tag.findUnique({ where: { id: 1 }, cache: true })
    await Promise.all([tag(), user(1)()])
    await prisma.$executeRawUnsafe(several).catch((error: unknown) => {
      // PGlite takes one statement at a time.
      if (kind !== 'pglite') throw error
    })
    if (kind === 'pglite') return
    expect(await tag()).toMatchObject({ label: 'x' })
    expect(await user(1)()).toMatchObject({ name: 'several' })
  })

  test('§6.28: what the database deletes or unlinks by itself is invalidated, two levels deep', async () => {
    const comments = () => prisma.comment.findMany({ where: { postId: 1 }, cache: true })
    const likes = () => prisma.like.findMany({ where: { commentId: 1 }, cache: true })
    const ofWriter = () => prisma.comment.findMany({ where: { writerId: 3 }, cache: true })
    const ofReviewer = () => prisma.post.findMany({ where: { reviewerId: 2 }, cache: true })
    const own = () => prisma.profile.findUnique({ where: { userId: 1 }, cache: true })
    await Promise.all([ofReviewer(), ofWriter()])
    await prisma.user.delete({ where: { id: 2 } })
    expect(await ofReviewer()).toEqual([])
    await prisma.user.delete({ where: { id: 3 } })
    expect(await ofWriter()).toEqual([])
    await Promise.all([comments(), likes(), own(), withTags(), list(1)()])
    await prisma.user.delete({ where: { id: 1 } })
    for (const read of [comments, likes, withTags, list(1)]) expect(await read()).toEqual([])
    expect(await own()).toBeNull()
  })

  test('§6.28: keys that change are followed', async () => {
    await Promise.all([list(1)(), list(77)()])
    await prisma.user.update({ where: { id: 1 }, data: { id: 77 } })
    expect(await list(1)()).toEqual([])
    expect(await list(77)()).toHaveLength(2)
  })

  test('§6.29: raw SQL is read, and what cannot be read invalidates everything', async () => {
    const update = () =>
      prisma.$executeRaw`UPDATE "Post" SET "title" = ${"it's; DELETE FROM users"} WHERE "author_id" = ${2}`
    expect(await shop.survives(list(1), update)).toBe(true)
    expect(
      await shop.survives(list(2), () => prisma.$executeRawUnsafe(`UPDATE "Post" SET title = 'x' WHERE author_id = 2`)),
    ).toBe(false)
    expect(
      await shop.survives(user(1), () => prisma.$queryRaw`SELECT 'UPDATE users' AS "text" /* DELETE FROM users */`),
    ).toBe(true)
    expect(
      await shop.survives(
        user(1),
        () => prisma.$queryRaw`UPDATE "users" SET "name" = 'raw' WHERE "id" = 1 RETURNING "id"`,
      ),
    ).toBe(false)
    if (kind === 'sqlite') return
    expect(
      await shop.survives(
        user(1),
        () => prisma.$executeRaw`DO $$ BEGIN UPDATE users SET name = 'do' WHERE id = 1; END $$`,
      ),
    ).toBe(false)
    expect(
      await shop.survives(
        user(1),
        () =>
          prisma.$queryRaw`WITH changed AS (UPDATE users SET name = 'cte' RETURNING id) SELECT count(*) FROM changed`,
      ),
    ).toBe(false)
    expect(await shop.survives(list(1), () => prisma.$executeRaw`TRUNCATE users CASCADE`)).toBe(false)
  })

  test('§6.32: a client without the extension is seen if the adapter is', async () => {
    expect(
      await shop.survives(user(1), () => shop.base.user.update({ where: { id: 1 }, data: { name: 'base' } })),
    ).toBe(!linked)
  })

  test('§6.35: keys of several fields', async () => {
    const like = (visitor: number) => () =>
      prisma.like.findUnique({ where: { commentId_visitor: { commentId: 1, visitor } }, cache: true })
    const create = () => prisma.like.create({ data: { commentId: 1, visitor: 8 } })
    await like(8)()
    expect(await shop.survives(like(7), create)).toBe(true)
    expect(await like(8)()).toEqual({ commentId: 1, visitor: 8 })
    expect(
      await shop.survives(like(7), () =>
        prisma.like.delete({ where: { commentId_visitor: { commentId: 1, visitor: 8 } } }),
      ),
    ).toBe(true)
    expect(await like(8)()).toBeNull()
  })

  test('what the code itself invalidates', async () => {
    expect(await shop.survives(user(1), () => prisma.$cache.invalidate('User', { id: 2 }))).toBe(true)
    expect(await shop.survives(user(1), () => prisma.$cache.invalidate('User', 1))).toBe(false)
    expect(await shop.survives(user(1), () => prisma.$cache.invalidate('User'))).toBe(false)
    expect(await shop.survives(user(1), () => prisma.$cache.invalidateAll())).toBe(false)
    const tagged = () => prisma.user.findMany({ cache: { tags: ['home'] } })
    expect(await shop.survives(tagged, () => prisma.$cache.invalidateTags(['feed']))).toBe(true)
    expect(await shop.survives(tagged, () => prisma.$cache.invalidateTags(['home']))).toBe(false)
  })
})
