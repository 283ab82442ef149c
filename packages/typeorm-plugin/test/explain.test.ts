import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { IsNull } from 'typeorm'
import type { SelectQueryBuilder } from 'typeorm'
import { noCache, withCache } from '../src/index.ts'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { Comment, Post, Secret } from './entities.ts'
import { Shop } from './shop.ts'

describe.each(['sqljs', 'postgres', 'mariadb'] as const)('what is cached, and what is told of it, on %s', (name) => {
  let database: TestDatabase
  beforeAll(async () => void (database = await databases[name]()))
  afterAll(() => database[Symbol.asyncDispose]())

  test('#58 explain tells what is stored, and the counters add up', async () => {
    await using shop = await Shop.open(database.options)
    const query = (): ReturnType<typeof shop.source.manager.createQueryBuilder<Post>> =>
      shop.source.manager
        .createQueryBuilder(Post, 'p')
        .leftJoinAndSelect('p.author', 'a')
        .where('p.id = :id', { id: 1 })
        .cache(true)
    const explained = shop.handle.explain(query())
    await query().getOne()
    await query().getOne()
    await shop.source.transaction((tx) => tx.find(Post, { cache: true }))
    if (!explained.cached) throw new Error(explained.why)
    const entry = await shop.manager.cache<unknown>('typeorm').getEntry(explained.key)
    expect(entry?.tags.slice(0, explained.tags.length)).toEqual(explained.tags)
    expect(entry?.tags.length).toBeGreaterThan(explained.tags.length)
    expect(explained.late).toEqual(['user by id = p_authorId'])
    expect(shop.handle.stats()).toMatchObject({ hits: 1, misses: 1, bypasses: 1 })
    const why = (builder: SelectQueryBuilder<Post>): string => {
      const explanation = shop.handle.explain(builder)
      return explanation.cached ? 'cached' : explanation.why
    }
    const plain = (): SelectQueryBuilder<Post> => shop.source.manager.createQueryBuilder(Post, 'p')
    expect(why(plain())).toMatch(/^nobody asked for it/)
    expect(why(plain().cache(false))).toMatch(/cache: false/)
    expect(noCache(() => why(plain().cache(true)))).toMatch(/noCache/)
    expect(why(plain().setLock('pessimistic_read').cache(true))).toBe('it locks rows')
    await shop.source.transaction(async (tx) =>
      expect(why(tx.createQueryBuilder(Post, 'p').cache(true))).toMatch(/^it runs in a transaction/),
    )
    expect(
      shop.handle.explain(shop.source.manager.createQueryBuilder(Post, 'p').where('p.score > 1').cache(true)),
    ).toMatchObject({ notes: ['any change of post counts: nothing pins one of its schemes to values'] })
  })

  test('#60 noCache, cache: false, entities that are never cached, and uninstall leave TypeORM as it is', async () => {
    await using shop = await Shop.open(database.options, {
      defaults: { mode: 'opt-out' },
      entities: { Secret: false, Comment: { mode: 'opt-in' } },
    })
    const { manager } = shop.source
    expect(await shop.warms(() => manager.find(Post))).toBe(true)
    expect(await shop.warms(() => noCache(() => manager.find(Post)))).toBe(false)
    expect(await shop.warms(() => manager.find(Post, { cache: false }))).toBe(false)
    expect(await shop.warms(() => manager.find(Secret, { cache: true }))).toBe(false)
    expect(
      await shop.warms(() => manager.createQueryBuilder(Post, 'p').innerJoin(Secret, 's', 's.id = p.id').getMany()),
    ).toBe(false)
    expect(await shop.warms(() => manager.find(Comment))).toBe(false)
    expect(await shop.warms(() => withCache({ ttl: '5s' }, () => manager.find(Comment)))).toBe(true)
    await shop.handle.uninstall()
    expect(await shop.warms(() => manager.find(Post, { cache: true }))).toBe(false)
    await manager.update(Post, 1, { title: 'unseen' })
    expect(shop.handle.stats().invalidations).toBe(0)
    expect(shop.source.queryResultCache).toBeUndefined()
  })

  test('#60 what nobody asked to be cached is asked, and answered, as without the plugin', async () => {
    const ask = async (shop: Shop): Promise<unknown> => {
      const { manager } = shop.source
      const answers = [
        await manager.find(Post, {
          relations: { author: true, tags: true },
          order: { id: 'ASC', tags: { id: 'ASC' } },
        }),
        await manager.createQueryBuilder(Post, 'p').select('p.title', 't').orderBy('p.id').getRawMany(),
        await manager.update(Post, 1, { title: 'x' }),
        await manager.insert(Comment, { postId: 1, text: 'y' }),
        await manager.save(Comment, { postId: 1, text: 'z' }),
        await manager.delete(Comment, { text: 'y' }),
        await manager.createQueryBuilder().update(Post).set({ score: 1 }).where('id = 2').execute(),
        await manager.query("UPDATE post SET title = 'z' WHERE id = 3"),
        await manager.query('DELETE FROM comment WHERE id = 1'),
        await manager.exists(Post, { where: { title: 'z' } }),
        await shop.source.transaction((tx) => tx.findAndCount(Post, { order: { id: 'ASC' } })),
      ]
      return JSON.parse(JSON.stringify(answers)) as unknown
    }
    const statements: (readonly string[])[] = []
    const answers: unknown[] = []
    for (const how of ['plain', 'wildcard', 'returning'] as const) {
      await using shop = await Shop.open(database.options, { preImage: how === 'plain' ? 'wildcard' : how })
      if (how === 'plain') await shop.handle.uninstall()
      answers.push(await ask(shop))
      statements.push(shop.sql())
    }
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
    expect(statements[1]).toEqual(statements[0])
    // It asks for more, but not more often.
    expect(statements[2]).toHaveLength(statements[0]?.length ?? 0)
  })

  test("tags of one's own, and changes that the plugin cannot see", async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    const home = (): Promise<Post[]> =>
      withCache({ tags: ['home'] }, () => manager.find(Post, { where: { authorId: IsNull() } }))
    const one = (): Promise<Post | null> => manager.findOne(Post, { where: { id: 1 }, cache: true })
    const two = (): Promise<Post | null> => manager.findOne(Post, { where: { id: 2 }, cache: true })
    for (const read of [home, one, two]) expect(await shop.warms(read)).toBe(true)
    await shop.handle.invalidateTags(['home'])
    await shop.handle.invalidate(Post, 1)
    expect((await shop.counted(home)).sql).toBe(1)
    expect((await shop.counted(one)).sql).toBe(1)
    expect((await shop.counted(two)).sql).toBe(0)
    await shop.handle.invalidate(Post)
    expect((await shop.counted(two)).sql).toBe(1)
    await shop.handle.invalidateAll()
    expect((await shop.counted(two)).sql).toBe(1)
  })
})
