import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EntityManager } from 'typeorm'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { Comment, Post, Tag, User } from './entities.ts'
import { gateAfter } from './gate-after.ts'
import { Shop } from './shop.ts'

type Read = () => Promise<unknown>

describe.each(['sqljs', 'postgres', 'mariadb'] as const)('writes on %s', (name) => {
  let database: TestDatabase
  beforeAll(async () => void (database = await databases[name]()))
  afterAll(() => database[Symbol.asyncDispose]())

  const one =
    (manager: EntityManager, id: number): Read =>
    () =>
      manager.findOne(Post, { where: { id }, cache: true })
  const by =
    (manager: EntityManager, authorId: number): Read =>
    () =>
      manager.find(Post, { where: { authorId }, order: { id: 'ASC' }, cache: true })
  const plain = (manager: EntityManager, authorId: number): Promise<Post[]> =>
    manager.find(Post, { where: { authorId }, order: { id: 'ASC' } })

  /** Which of the reads a change made cold. Every answer afterwards must be that of the database. */
  async function chilled(
    shop: Shop,
    reads: Readonly<Record<string, Read>>,
    change: () => Promise<unknown>,
  ): Promise<readonly string[]> {
    for (const read of Object.values(reads)) await read()
    await change()
    const cold: string[] = []
    for (const [label, read] of Object.entries(reads)) if ((await shop.counted(read)).sql > 0) cold.push(label)
    return cold
  }

  test('#15 an update by id leaves the entries of other rows', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    const reads = { one: one(manager, 1), three: one(manager, 3), byAnn: by(manager, 1), byBen: by(manager, 2) }
    const cold = await chilled(shop, reads, () => manager.update(Post, 1, { title: 'changed' }))
    expect(cold).toEqual(name === 'mariadb' ? ['one', 'byAnn', 'byBen'] : ['one', 'byAnn'])
    expect(((await reads.byAnn()) as Post[])[0]?.title).toBe('changed')
  })

  test('#15 #16 save: an insert, and an update, of just the lists they belong to', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    const reads = {
      one: one(manager, 1),
      three: one(manager, 3),
      byAnn: by(manager, 1),
      byBen: by(manager, 2),
      comments: (): Promise<unknown> => manager.find(Comment, { cache: true }),
    }
    const inserted = await chilled(shop, reads, () => manager.save(Post, { title: 'new', author: { id: 1 } }))
    expect(inserted).toEqual(['byAnn'])
    const post = (await plain(manager, 2))[0] as Post
    post.title = 'saved'
    const updated = await chilled(shop, reads, () => manager.save(post))
    expect(updated).toEqual(name === 'mariadb' ? ['three', 'byAnn', 'byBen'] : ['three', 'byBen'])
  })

  test('#17 a move to another author reaches both lists, however it is made', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    const moves: Readonly<Record<string, () => Promise<unknown>>> = {
      update: () => manager.update(Post, 1, { authorId: 2 }),
      save: async () =>
        manager.save(
          Object.assign((await manager.findOneBy(Post, { id: 1 })) as Post, { authorId: 1, author: undefined }),
        ),
      relation: () => manager.createQueryBuilder().relation(Post, 'author').of(1).set(3),
      builder: () =>
        manager
          .createQueryBuilder()
          .update(Post)
          .set({ authorId: 2 })
          .where('id = :id AND score > 0', { id: 1 })
          .execute(),
      raw: () =>
        manager.query('UPDATE post SET ' + (name === 'postgres' ? '"authorId"' : 'authorId') + ' = 1 WHERE id = 1'),
      listeners: () =>
        manager.createQueryBuilder().update(Post).set({ authorId: 2 }).whereInIds([1]).callListeners(false).execute(),
      silent: async () =>
        manager.save(Object.assign((await manager.findOneBy(Post, { id: 1 })) as Post, { authorId: 3 }), {
          listeners: false,
        }),
    }
    for (const [label, move] of Object.entries(moves)) {
      for (const author of [1, 2, 3]) await by(manager, author)()
      await move()
      for (const author of [1, 2, 3]) expect(await by(manager, author)(), label).toEqual(await plain(manager, author))
    }
  })

  test('#17b a row that another moved in between: an old value that was only read is not believed', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    // save() reads the old row before its transaction begins: here the author is still Ann.
    const gate = gateAfter(shop, /^SELECT.*post/)
    const saved = manager.save(Post, { id: 1, title: 'from an old copy' })
    await gate.reached
    await manager.update(Post, 1, { authorId: 2 })
    for (const author of [1, 2]) await by(manager, author)()
    gate.open()
    await saved
    expect(((await by(manager, 2)()) as Post[]).map((post) => post.title)).toContain('from an old copy')
    expect(((await by(manager, 1)()) as Post[]).map((post) => post.id)).toEqual([2])
  })

  test('#18 a row moves into a LIMIT window', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    const best = (): Promise<Post[]> => manager.find(Post, { order: { score: 'DESC' }, take: 1, cache: true })
    expect((await best())[0]?.id).toBe(3)
    await manager.increment(Post, { id: 2 }, 'score', 100)
    expect((await best())[0]?.id).toBe(2)
  })

  test('#19 #20 joined and included rows, inserted, changed and deleted', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    const post = async (): Promise<Post> =>
      (await manager.findOne(Post, {
        where: { id: 1 },
        relations: { author: true, comments: true },
        order: { comments: { id: 'ASC' } },
        cache: true,
      })) as Post
    await post()
    await manager.update(User, 1, { name: 'Anna' })
    expect((await post()).author?.name).toBe('Anna')
    await manager.insert(Comment, { postId: 1, text: 'third' })
    expect((await post()).comments?.map((comment) => comment.text)).toEqual(['good', 'bad', 'third'])
    await manager.delete(Comment, { text: 'bad' })
    expect((await post()).comments?.map((comment) => comment.text)).toEqual(['good', 'third'])
    const cold = await chilled(shop, { post }, () => manager.update(User, 2, { name: 'Benno' }))
    expect(cold).toEqual([])
  })

  test('#21 many to many, added and removed from either side', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    const tags = async (id: number): Promise<readonly string[]> =>
      (
        (
          await manager.findOne(Post, {
            where: { id },
            relations: { tags: true },
            order: { tags: { id: 'ASC' } },
            cache: true,
          })
        )?.tags ?? []
      ).map((tag) => tag.label)
    const posts = async (id: number): Promise<readonly number[]> =>
      (
        (
          await manager.findOne(Tag, {
            where: { id },
            relations: { posts: true },
            order: { posts: { id: 'ASC' } },
            cache: true,
          })
        )?.posts ?? []
      ).map((post) => post.id)
    expect([await tags(1), await posts(2), await tags(3)]).toEqual([['red', 'green'], [1, 2], []])
    await manager.createQueryBuilder().relation(Post, 'tags').of(1).remove(2)
    expect([await tags(1), await posts(2), await tags(3)]).toEqual([['red'], [2], []])
    await manager.createQueryBuilder().relation(Tag, 'posts').of(2).add(3)
    expect([await tags(1), await posts(2), await tags(3)]).toEqual([['red'], [2, 3], ['green']])
    const post = (await manager.findOne(Post, { where: { id: 3 }, relations: { tags: true } })) as Post
    post.tags = []
    await manager.save(post)
    expect([await posts(2), await tags(3)]).toEqual([[2], []])
  })

  test('#23 changes of many by a condition', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    const reads = { byAnn: by(manager, 1), byBen: by(manager, 2), three: one(manager, 3) }
    expect(await chilled(shop, reads, () => manager.update(Post, { authorId: 1 }, { title: 'same' }))).toEqual([
      'byAnn',
      'three',
    ])
    expect(
      await chilled(shop, reads, () =>
        manager.createQueryBuilder().update(Post).set({ title: 'x' }).where("title LIKE 's%'").execute(),
      ),
    ).toEqual(['byAnn', 'byBen', 'three'])
    expect(await chilled(shop, reads, () => manager.delete(Comment, { postId: 1 }))).toEqual([])
  })

  test('#24 a default of the database in a scheme', async () => {
    await using shop = await Shop.open(database.options, { entities: { Post: { schemes: [['tenantId']] } } })
    const { manager } = shop.source
    const ofTenant = (): Promise<Post[]> => manager.find(Post, { where: { tenantId: 1 }, cache: true })
    expect(await ofTenant()).toHaveLength(2)
    await manager.insert(Post, { title: 'by default' })
    expect(await ofTenant()).toHaveLength(3)
  })

  test('#25 an update that answers less than the lists need to know', async () => {
    await using shop = await Shop.open(database.options)
    if (name !== 'postgres') return
    const { manager } = shop.source
    await by(manager, 1)()
    const changed = manager.createQueryBuilder().update(Post).set({ title: 'narrow' }).where('id = 1').returning('id')
    expect((await changed.execute()).raw).toEqual([{ id: 1 }])
    expect(((await by(manager, 1)()) as Post[])[0]?.title).toBe('narrow')
  })
})
