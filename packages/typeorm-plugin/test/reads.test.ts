import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { Comment, Post, Tag, User } from './entities.ts'
import { Shop } from './shop.ts'

describe.each(['sqljs', 'postgres', 'mariadb'] as const)('reads on %s', (name) => {
  let database: TestDatabase
  beforeAll(async () => void (database = await databases[name]()))
  afterAll(() => database[Symbol.asyncDispose]())

  test('#1 the same find twice is one statement, and its entities have their class', async () => {
    await using shop = await Shop.open(database.options)
    shop.source.subscribers.push({ afterLoad: (entity: Post) => void (entity.loadedAs = 'loaded') })
    const find = (): Promise<Post[]> =>
      shop.source.manager.find(Post, {
        where: { authorId: 1 },
        relations: { author: true },
        order: { id: 'ASC' },
        cache: true,
      })
    const cold = await shop.counted(find)
    const warm = await shop.counted(find)
    expect([cold.sql, warm.sql]).toEqual([1, 0])
    expect(warm.value).toEqual(cold.value)
    expect(warm.value[0]).toBeInstanceOf(Post)
    expect(warm.value[0]?.greet()).toBe('hi one')
    expect(warm.value[0]?.author).toBeInstanceOf(User)
    expect(warm.value[0]?.loadedAs).toBe('loaded')
  })

  test('#2 changing what one caller got changes nothing for the next', async () => {
    await using shop = await Shop.open(database.options)
    const raw = (): Promise<{ p_title: string }[]> =>
      shop.source.manager.createQueryBuilder(Post, 'p').where('p.id = 1').cache(true).getRawMany()
    const find = (): Promise<Post | null> => shop.source.manager.findOne(Post, { where: { id: 1 }, cache: true })
    for (let time = 0; time < 3; time++) {
      const [row] = await raw()
      const post = await find()
      expect([row?.p_title, post?.title]).toEqual(['one', 'one'])
      if (row !== undefined) row.p_title = 'spoilt'
      if (post !== null) post.title = 'spoilt'
    }
  })

  test('#4 queries that select, order or page differently share nothing; 1 and "1" share tags, not keys', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    await manager.find(Post, { where: { authorId: 1 }, select: { id: true }, cache: true })
    const whole = await manager.find(Post, { where: { authorId: 1 }, cache: true })
    expect(whole[0]?.title).toBe('one')
    const explain = (id: unknown): ReturnType<typeof shop.handle.explain> =>
      shop.handle.explain(manager.createQueryBuilder(Post, 'p').where('p.id = :id', { id }).cache(true))
    const [number, text] = [explain(1), explain('1')]
    if (!number.cached || !text.cached) throw new Error('not cached')
    expect(text.key).not.toBe(number.key)
    expect(text.tags).toEqual(number.tags)
  })

  test("#6 a query named by TypeORM's cache id still has its parameters in the key, and is removed by that name", async () => {
    await using shop = await Shop.open(database.options)
    const find = (id: number): Promise<Post | null> =>
      shop.source.manager.findOne(Post, { where: { id }, cache: { id: 'post', milliseconds: 60_000 } })
    expect([(await find(1))?.title, (await find(2))?.title]).toEqual(['one', 'two'])
    expect((await shop.counted(() => find(1))).sql).toBe(0)
    await shop.source.queryResultCache?.remove(['post'])
    expect((await shop.counted(() => find(1))).sql).toBe(1)
    await shop.source.queryResultCache?.clear()
    expect((await shop.counted(() => find(1))).sql).toBe(1)
  })

  test('#7 exists, count, findAndCount and pages with joins are cached, and invalidated together', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    const all = async (): Promise<readonly unknown[]> => [
      await manager.exists(Post, { where: { title: 'four' }, cache: true }),
      await manager.existsBy(Post, { title: 'one' }),
      await manager.count(Post, { where: { authorId: 1 }, cache: true }),
      (await manager.findAndCount(Post, { take: 2, order: { id: 'ASC' }, cache: true }))[1],
      (await manager.find(Post, { relations: { comments: true }, take: 2, order: { id: 'DESC' }, cache: true })).map(
        (post) => post.title,
      ),
      (await manager.createQueryBuilder(Post, 'p').cache(true).getManyAndCount())[1],
    ]
    expect(await all()).toEqual([false, true, 2, 3, ['three', 'two'], 3])
    const warm = await shop.counted(all)
    // existsBy has no options, so that it cannot ask for the cache.
    expect(warm.sql).toBe(1)
    await manager.insert(Post, { title: 'four', authorId: 1 })
    expect(await all()).toEqual([true, true, 3, 4, ['four', 'three'], 4])
  })

  test('#8 relations by queries of their own, and relation ids, cost nothing on a warm hit', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    const query = (): Promise<Post[]> =>
      manager.find(Post, {
        where: { id: 1 },
        relations: { author: true, tags: true, comments: true },
        relationLoadStrategy: 'query',
        cache: true,
      })
    const ids = (): Promise<Post[]> => manager.find(Post, { where: { id: 1 }, loadRelationIds: true, cache: true })
    for (const find of [query, ids]) {
      const cold = await shop.counted(find)
      const warm = await shop.counted(find)
      expect(cold.sql).toBeGreaterThan(1)
      expect(warm.sql).toBe(0)
      expect(warm.value).toEqual(cold.value)
    }
    await manager.insert(Comment, { postId: 1, text: 'late' })
    expect((await query())[0]?.comments).toHaveLength(3)
  })

  test('#9 what is not there is remembered until it is inserted', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    const find = (): Promise<Post | null> => manager.findOne(Post, { where: { id: 4 }, cache: true })
    expect(await find()).toBeNull()
    expect((await shop.counted(find)).sql).toBe(0)
    const none = (): Promise<Post[]> => manager.find(Post, { where: { authorId: 3 }, cache: true })
    const failing = (): Promise<string> =>
      manager.findOneOrFail(Post, { where: { id: 4 }, cache: true }).then(
        ({ title }) => title,
        (error: unknown) => (error as Error).name,
      )
    expect([await shop.warms(none), await none()]).toEqual([true, []])
    expect([await shop.warms(failing), await failing()]).toEqual([true, 'EntityNotFoundError'])
    await manager.insert(Post, { title: 'four', authorId: 3 })
    expect((await find())?.title).toBe('four')
    expect([(await none()).length, await failing()]).toEqual([1, 'four'])
  })

  test('#10 tables of a subquery, an EXISTS, a CTE and a view are dependencies', async () => {
    await using shop = await Shop.open(database.options, { views: { busy_users: ['user', 'post'] } })
    const { manager } = shop.source
    const exists = (): Promise<User[]> =>
      manager
        .createQueryBuilder(User, 'u')
        .where(
          (query) => `EXISTS ${query.subQuery().select('1').from(Comment, 'c').where("c.text = 'new'").getQuery()}`,
        )
        .cache(true)
        .getMany()
    expect(await exists()).toEqual([])
    await manager.insert(Comment, { text: 'new' })
    expect(await exists()).toHaveLength(3)
    const cte = (): Promise<unknown[]> =>
      manager
        .createQueryBuilder()
        .addCommonTableExpression(manager.createQueryBuilder().select('t.label', 'label').from(Tag, 't'), 'labels')
        .select('*')
        .from('labels', 'l')
        .cache(true)
        .getRawMany()
    expect(await cte()).toHaveLength(3)
    expect((await shop.counted(cte)).sql).toBe(0)
    await manager.insert(Tag, { label: 'new' })
    expect(await cte()).toHaveLength(4)
    const quote = name === 'mariadb' ? '`' : '"'
    await manager.query(
      `CREATE VIEW busy_users AS SELECT u.id AS id FROM ${quote}user${quote} u WHERE EXISTS (SELECT 1 FROM post p WHERE p.${quote}authorId${quote} = u.id)`,
    )
    const busy = (): Promise<unknown[]> =>
      manager.createQueryBuilder().select('*').from('busy_users', 'b').cache(true).getRawMany()
    expect(await busy()).toHaveLength(2)
    expect((await shop.counted(busy)).sql).toBe(0)
    await manager.insert(Post, { title: 'busy', authorId: 3 })
    expect(await busy()).toHaveLength(3)
    await manager.query('DROP VIEW busy_users')
  })

  test('#11 locks, unsteady functions and unknown functions are not cached', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    const raw =
      (select: string): (() => Promise<unknown>) =>
      () =>
        manager.createQueryBuilder(Post, 'p').select(select, 'x').cache(true).getRawMany()
    const random = name === 'mariadb' ? 'RAND()' : 'RANDOM()'
    expect(await shop.warms(raw(random))).toBe(false)
    expect(await shop.warms(raw('CURRENT_TIMESTAMP'))).toBe(false)
    expect(await shop.warms(raw('COUNT(*)'))).toBe(true)
    if (name !== 'sqljs') {
      const locked = (): Promise<unknown> =>
        manager.transaction((tx) =>
          tx.findOne(Post, { where: { id: 1 }, lock: { mode: 'pessimistic_write' }, cache: true }),
        )
      expect(await shop.warms(locked)).toBe(false)
    }
    expect(shop.events.filter((event) => event.kind === 'bypass').map((event) => event.why)).toContain(
      name === 'mariadb' ? 'rand() answers differently each time' : 'random() answers differently each time',
    )
  })

  test('#11 a stream is not cached, and what it changes is invalidated', async () => {
    await using shop = await Shop.open(database.options)
    // The others need a package more for it.
    if (name !== 'mariadb') return
    const { manager } = shop.source
    const rows = async (): Promise<unknown[]> => {
      const stream = await manager.createQueryBuilder(Post, 'p').where('p.id = 1').cache(true).stream()
      return stream.toArray()
    }
    expect(await shop.warms(rows)).toBe(false)
    expect(shop.handle.stats()).toMatchObject({ hits: 0, misses: 0 })
    const title = async (): Promise<string | undefined> =>
      (await manager.findOne(Post, { where: { id: 1 }, cache: true }))?.title
    await title()
    const runner = shop.source.createQueryRunner()
    const change = await runner.stream("UPDATE post SET title = 'streamed' WHERE id = 1")
    await change.toArray()
    await vi.waitFor(async () => expect(await title()).toBe('streamed'))
    await runner.release()
  })

  test('#13 a scope is part of the key, and one that is required and missing goes to the database', async () => {
    let tenant: string | null = 'a'
    await using shop = await Shop.open(database.options, { scope: () => tenant, scopeRequired: true })
    const find = (): Promise<Post[]> => shop.source.manager.find(Post, { cache: true })
    expect(await shop.warms(find)).toBe(true)
    tenant = 'b'
    expect((await shop.counted(find)).sql).toBe(1)
    expect((await shop.counted(find)).sql).toBe(0)
    tenant = null
    expect(await shop.warms(find)).toBe(false)
  })

  test('#13 a session whose settings were altered is not answered from the cache, nor fills it', async () => {
    await using shop = await Shop.open(database.options)
    if (name !== 'postgres') return
    const runner = shop.source.createQueryRunner()
    await runner.query("SET search_path TO 'elsewhere', public")
    const find = (): Promise<Post[]> => runner.manager.find(Post, { cache: true })
    expect(await shop.warms(find)).toBe(false)
    await runner.query('RESET search_path')
    expect(await shop.warms(find)).toBe(true)
    await runner.query("SELECT set_config('app.tenant', '1', false)")
    expect(await shop.warms(find)).toBe(false)
    await runner.query('DISCARD ALL')
    await runner.release()
  })
})
