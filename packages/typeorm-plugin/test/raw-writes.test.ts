import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EntityManager } from 'typeorm'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { Comment, Post, User } from './entities.ts'
import { Shop } from './shop.ts'

describe.each(['sqljs', 'postgres', 'mariadb'] as const)('upserts, cascades and raw writes on %s', (name) => {
  let database: TestDatabase
  beforeAll(async () => void (database = await databases[name]()))
  afterAll(() => database[Symbol.asyncDispose]())

  const by =
    (manager: EntityManager, authorId: number): (() => Promise<unknown>) =>
    () =>
      manager.find(Post, { where: { authorId }, order: { id: 'ASC' }, cache: true })

  test('#26 upserts', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    const user = (id: number): Promise<User | null> => manager.findOne(User, { where: { id }, cache: true })
    const same = async (): Promise<void> => {
      for (const id of [1, 4, 5, 60]) expect(await user(id)).toEqual(await manager.findOneBy(User, { id }))
    }
    await same()
    await manager.upsert(
      User,
      [
        { id: 1, name: 'Anna' },
        { id: 4, name: 'Dan' },
      ],
      ['id'],
    )
    await same()
    await manager.createQueryBuilder().insert().into(User).values({ id: 4, name: 'nobody' }).orIgnore().execute()
    await same()
    const quote = name === 'mariadb' ? '`' : '"'
    await manager.query(
      `INSERT INTO ${quote}user${quote}(id, name) SELECT 60, name FROM ${quote}user${quote} WHERE id = 1`,
    )
    await same()
    const conflict =
      name === 'mariadb'
        ? 'ON DUPLICATE KEY UPDATE name = VALUES(name)'
        : 'ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name'
    await manager.query(`INSERT INTO ${quote}user${quote}(id, name) VALUES (60, 'again') ${conflict}`)
    await same()
    expect((await user(60))?.name).toBe('again')
  })

  test('#27 soft delete and recover', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    const found = async (): Promise<readonly number[]> => [
      ((await by(manager, 1)()) as Post[]).length,
      (await manager.find(Post, { where: { authorId: 1 }, withDeleted: true, cache: true })).filter(
        (post) => post.deletedAt === null,
      ).length,
    ]
    expect(await found()).toEqual([2, 2])
    await manager.softDelete(Post, 1)
    expect(await found()).toEqual([1, 1])
    await manager.restore(Post, 1)
    expect(await found()).toEqual([2, 2])
    const post = (await manager.findOneBy(Post, { id: 2 })) as Post
    await manager.softRemove(post)
    expect(await found()).toEqual([1, 1])
    await manager.recover(post)
    expect(await found()).toEqual([2, 2])
    await manager.remove(post)
    expect(await found()).toEqual([1, 1])
  })

  test('#28 rows that the database deletes along', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    const comments =
      (postId: number): (() => Promise<Comment[]>) =>
      () =>
        manager.find(Comment, { where: { postId }, cache: true })
    expect(await comments(1)()).toHaveLength(2)
    await by(manager, 1)()
    await manager.delete(User, 1)
    expect(await by(manager, 1)()).toEqual([])
    expect(await comments(1)()).toEqual([])
    expect(await manager.count(Comment)).toBe(0)
  })

  test('#29 #30 statements by hand, and clear', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    const title = async (): Promise<string | undefined> =>
      (await manager.findOne(Post, { where: { id: 1 }, cache: true }))?.title
    await title()
    await manager.query("UPDATE post SET title = 'by hand' WHERE id = 1")
    expect(await title()).toBe('by hand')
    if (name === 'postgres') {
      await manager.query(
        "WITH x AS (UPDATE public.post SET title = 'in a CTE' WHERE id = 1 RETURNING id) SELECT * FROM x",
      )
      expect(await title()).toBe('in a CTE')
      await manager.query("DO $$ BEGIN UPDATE post SET title = 'in a block'; END $$")
      expect(await title()).toBe('in a block')
      await manager.query(
        "CREATE OR REPLACE FUNCTION retitle() RETURNS int LANGUAGE sql AS $$ UPDATE post SET title = 'by a function' RETURNING id $$",
      )
      await manager.query('SELECT retitle()')
      expect(await title()).toBe('by a function')
    }
    const comments = (): Promise<number> => manager.count(Comment, { cache: true })
    expect(await comments()).toBe(3)
    await manager.clear(Comment)
    expect(await comments()).toBe(0)
  })

  test('#31 a subscriber that changes the same table inside save', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    shop.source.subscribers.push({
      afterUpdate: async (event) => {
        if (event.metadata.name === 'Post') await event.manager.query("UPDATE post SET title = 'touched' WHERE id = 3")
      },
    })
    const three = async (): Promise<string | undefined> =>
      (await manager.findOne(Post, { where: { id: 3 }, cache: true }))?.title
    await three()
    await manager.save(Object.assign((await manager.findOneBy(Post, { id: 1 })) as Post, { title: 'saved' }))
    expect(await three()).toBe('touched')
  })

  test('#34 text is a scheme only where somebody vouches for it', async () => {
    await using shop = await Shop.open(database.options, {
      entities: { User: { schemes: [['name'], { columns: ['email'], collation: 'binary' }] } },
    })
    const { manager } = shop.source
    const query = (where: string): ReturnType<typeof shop.handle.explain> =>
      shop.handle.explain(manager.createQueryBuilder(User, 'u').where(where, { x: 'Ann' }).cache(true))
    expect(query('u.name = :x')).toMatchObject({ cached: true, notes: [expect.any(String)] })
    expect(query('u.email = :x')).toMatchObject({ cached: true, notes: [] })
    if (name !== 'mariadb') return
    // MariaDB takes 'ANN' for 'Ann'.
    const found = async (): Promise<number> =>
      (await manager.find(User, { where: { name: 'ANN' }, cache: true })).length
    expect(await found()).toBe(1)
    await manager.insert(User, { name: 'ann' })
    expect(await found()).toBe(2)
  })
})
