import { createCacheManager } from '@larder/core'
import * as newest from 'typeorm'
import * as last03 from 'typeorm-0.3'
import * as first03 from 'typeorm-0.3.20'
import * as first1 from 'typeorm-1.0'
import { describe, expect, test } from 'vitest'
import { CacheInvalidationSubscriber, withCache } from '../src/index.ts'
import { Comment, entities, Post, Tag, User } from './entities.ts'
import { Shop } from './shop.ts'

/** The lowest and the highest of each major version; the rest of the suite runs on the highest of all. */
const versions = [
  ['0.3.20', first03],
  ['0.3.31', last03],
  ['1.0.0', first1],
  ['1.1.1', newest],
] as const

describe.each(versions)('#57 TypeORM %s', (version, library) => {
  const { DataSource } = library as unknown as typeof newest
  const open = (options: Parameters<typeof Shop.open>[1] = {}): Promise<Shop> =>
    Shop.open({ type: 'sqljs' }, options, { DataSource })

  test('is that version', async () => {
    const file = import.meta.resolve(
      version === '1.1.1'
        ? 'typeorm'
        : { '0.3.20': 'typeorm-0.3.20', '0.3.31': 'typeorm-0.3', '1.0.0': 'typeorm-1.0' }[version],
    )
    expect(file).toContain(`typeorm@${version}`)
  })

  test('answers from the cache, with entities of their class', async () => {
    await using shop = await open()
    const { manager } = shop.source
    const post = { where: { id: 1 }, cache: true } as const
    expect(await shop.warms(() => manager.findOne(Post, post))).toBe(true)
    expect((await manager.findOne(Post, post))?.greet()).toBe('hi one')
    const reads: readonly (() => Promise<unknown>)[] = [
      () => manager.find(Post, { where: { authorId: 1 }, relations: { author: true, tags: true }, cache: true }),
      () => manager.find(Post, { relations: { comments: true }, relationLoadStrategy: 'query', cache: true }),
      () => manager.find(Post, { loadRelationIds: true, cache: true }),
      () => manager.find(Post, { relations: { comments: true }, take: 2, skip: 1, order: { id: 'ASC' }, cache: 5_000 }),
      () => manager.findAndCount(Post, { take: 1, cache: { id: 'page', milliseconds: 5_000 } }),
      () => manager.count(Post, { where: { authorId: 1 }, cache: true }),
      () => manager.createQueryBuilder(Post, 'p').cache(true).getManyAndCount(),
      () => manager.createQueryBuilder(Post, 'p').select('p.title', 't').cache(true).getRawMany(),
      () => manager.createQueryBuilder(Post, 'p').where('p.score > 100').cache(true).getExists(),
      () => withCache({ ttl: '5s' }, () => manager.existsBy(Post, { title: 'one' })),
    ]
    for (const read of reads) {
      const cold = await read()
      const warm = await shop.counted(read)
      expect([warm.sql, warm.value]).toEqual([0, cold])
    }
    await shop.source.queryResultCache?.remove(['page'])
    expect((await shop.counted(reads[4] as () => Promise<unknown>)).sql).toBeGreaterThan(0)
    expect(shop.errors).toEqual([])
  })

  test('invalidates what is written, whichever way', async () => {
    await using shop = await open()
    const { manager } = shop.source
    const read = async (): Promise<unknown> => [
      await manager.findOne(Post, {
        where: { id: 1 },
        relations: { author: true, tags: true, comments: true },
        order: { tags: { id: 'ASC' }, comments: { id: 'ASC' } },
        cache: true,
      }),
      await manager.find(Post, { where: { authorId: 1 }, order: { id: 'ASC' }, cache: true }),
      await manager.count(Comment, { cache: true }),
    ]
    const writes: readonly (() => Promise<unknown>)[] = [
      () => manager.update(Post, 1, { title: 'updated' }),
      async () => manager.save(Object.assign(await manager.findOneByOrFail(Post, { id: 1 }), { score: 77 })),
      () => manager.insert(Comment, { postId: 1, text: 'new' }),
      () => manager.upsert(User, { id: 1, name: 'Anna' }, ['id']),
      () => manager.increment(Post, { id: 1 }, 'score', 1),
      () => manager.createQueryBuilder().relation(Post, 'tags').of(1).remove(1),
      async () => manager.save(Tag, { id: 2, label: 'relabelled' }),
      () =>
        manager
          .createQueryBuilder()
          .update(Post)
          .set({ title: 'silent' })
          .whereInIds([1])
          .callListeners(false)
          .execute(),
      () => manager.query("UPDATE post SET title = 'by hand' WHERE id = 1"),
      () => manager.softDelete(Post, 2),
      () => manager.restore(Post, 2),
      async () => manager.remove(await manager.findBy(Comment, { postId: 1 })),
      () => manager.delete(User, 1),
      () => manager.insert(Comment, { text: 'alone' }),
      () => manager.clear(Comment),
    ]
    for (const write of writes) {
      const before = await read()
      await write()
      const after = await read()
      expect(after).not.toEqual(before)
      await shop.handle.invalidateAll()
      expect(after).toEqual(await read())
    }
    expect(shop.events.filter((event) => event.kind === 'invalidate-all')).toEqual([])
  })

  test('waits for the commit', async () => {
    await using shop = await open()
    const { manager } = shop.source
    const title = async (): Promise<string | undefined> =>
      (await manager.findOne(Post, { where: { id: 1 }, cache: true }))?.title
    await title()
    const seen: (string | undefined)[] = []
    shop.source.subscribers.push({ afterTransactionCommit: async () => void seen.push(await title()) })
    await shop.source.transaction(async (tx) => {
      await tx.update(Post, 1, { title: 'kept' })
      await tx.transaction((inner) => inner.update(Post, 2, { title: 'kept, too' }))
      expect(shop.handle.stats().invalidations).toBe(0)
    })
    expect([seen.at(-1), await title()]).toEqual(['kept', 'kept'])
    const count = shop.handle.stats().invalidations
    await expect(
      shop.source.transaction(async (tx) => {
        await tx.update(Post, 1, { title: 'never' })
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect([await title(), shop.handle.stats().invalidations]).toEqual(['kept', count])
    await shop.handle.uninstall()
    expect(await shop.warms(title)).toBe(false)
  })

  test('the subscriber alone invalidates', async () => {
    await using caches = createCacheManager()
    await using shop = await open({ cache: caches, dbId: 'subscriber' })
    const { manager } = shop.source
    const tagged = caches.cache<number>('tagged', { load: () => 1, tags: ['t:subscriber/main.post'] })
    await shop.handle.uninstall()
    shop.source.subscribers.push(new CacheInvalidationSubscriber({ cache: caches, dbId: 'subscriber' }))
    const held = async (): Promise<boolean> => (await tagged.getEntry('x')) !== undefined
    for (const write of [
      () => manager.update(Post, 1, { title: 'x' }),
      () => manager.query("INSERT INTO post(title) VALUES ('y')"),
      () => shop.source.transaction((tx) => tx.save(Post, { title: 'z' })),
    ]) {
      await tagged.readThrough('x')
      expect(await held()).toBe(true)
      await write()
      expect(await held()).toBe(false)
    }
  })
})

test('#57 four versions in one process, each with the cache or without', async () => {
  await using caches = createCacheManager()
  const shops = await Promise.all(
    versions.map(([version, library]) =>
      Shop.open(
        { type: 'sqljs', entities },
        { cache: caches, dbId: version },
        { DataSource: (library as unknown as typeof newest).DataSource },
      ),
    ),
  )
  for (const shop of shops) expect(await shop.warms(() => shop.source.manager.find(Post, { cache: true }))).toBe(true)
  await shops[0]?.handle.uninstall()
  const warm = shops.map((shop) => shop.warms(() => shop.source.manager.find(Post, { cache: true })))
  expect(await Promise.all(warm)).toEqual([false, true, true, true])
  for (const shop of shops) await shop[Symbol.asyncDispose]()
})
