import { createCacheManager } from '@larder/core'
import { DataSource, EntitySchema } from 'typeorm'
import type { DataSourceOptions } from 'typeorm'
import * as old from 'typeorm-0.3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CacheInvalidationSubscriber, installCache } from '../src/index.ts'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { entities, Post } from './entities.ts'
import { Shop } from './shop.ts'

const sqljs: DataSourceOptions = { type: 'sqljs' }

class Line {
  tenantId!: number
  code!: string
  text!: string
}

class Thing {
  id!: string
  big!: string
  text!: string
}

const lines = new EntitySchema<Line>({
  name: 'Line',
  target: Line,
  columns: { tenantId: { type: Number, primary: true }, code: { type: String, primary: true }, text: { type: String } },
})
const things = new EntitySchema<Thing>({
  name: 'Thing',
  target: Thing,
  columns: {
    id: { type: 'uuid', primary: true, generated: 'uuid' },
    big: { type: 'bigint', unique: true },
    text: { type: String },
  },
})

describe('keys on PostgreSQL', () => {
  let database: TestDatabase
  beforeAll(async () => void (database = await databases.postgres()))
  afterAll(() => database[Symbol.asyncDispose]())

  test('#35 composite keys, awkward texts, UUIDs in any case, bigints as text', async () => {
    const vouched = {
      entities: { Line: { schemes: [{ columns: ['tenantId', 'code'], collation: 'binary' }] } },
    } as const
    await using shop = await Shop.open({ ...database.options, entities: [...entities, lines, things] }, vouched)
    const { manager } = shop.source
    const codes = ['a:b', 'a&b=c', "a'b", 'a,b|c', 'ä', '']
    for (const tenantId of [1, 2]) for (const code of codes) await manager.insert(Line, { tenantId, code, text: 'old' })
    const line = (tenantId: number, code: string) => async (): Promise<string | undefined> =>
      (await manager.findOne(Line, { where: { tenantId, code }, cache: true }))?.text
    for (const tenantId of [1, 2]) for (const code of codes) expect(await shop.warms(line(tenantId, code))).toBe(true)
    for (const code of codes) {
      await manager.update(Line, { tenantId: 1, code }, { text: `new ${code}` })
      expect(await line(1, code)()).toBe(`new ${code}`)
      expect((await shop.counted(line(2, code))).sql).toBe(0)
    }
    const id = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'
    await manager.insert(Thing, { id, big: '9007199254740993', text: 'old' })
    const byId = async (): Promise<string | undefined> =>
      (await manager.findOne(Thing, { where: { id }, cache: true }))?.text
    const byBig = async (): Promise<string | undefined> =>
      (await manager.findOne(Thing, { where: { big: '9007199254740993' }, cache: true }))?.text
    expect([await byId(), await byBig()]).toEqual(['old', 'old'])
    await manager.update(Thing, { id: id.toLowerCase() }, { text: 'new' })
    expect([await byId(), await byBig()]).toEqual(['new', 'new'])
    await manager.query('UPDATE thing SET text = $1 WHERE big = $2', ['newer', 9007199254740993n])
    expect([await byId(), await byBig()]).toEqual(['newer', 'newer'])
  })

  test('#54 a new scheme is first made known to writers, and then used', async () => {
    await using caches = createCacheManager()
    const open = (use: boolean | undefined, fill: boolean): Promise<Shop> =>
      Shop.open(
        database.options,
        {
          cache: caches,
          dbId: 'rollout',
          entities: use === undefined ? {} : { Post: { schemes: [{ columns: ['tenantId'], use }] } },
        },
        { fill },
      )
    await using before = await open(undefined, true)
    await using first = await open(false, false)
    await using second = await open(true, false)
    const ofTenant = (shop: Shop) => async (): Promise<number> =>
      (await shop.source.manager.find(Post, { where: { tenantId: 1 }, cache: true })).length
    // Old and first-phase processes run together, then first- and second-phase ones.
    for (const [writer, reader] of [
      [before, first],
      [first, before],
      [first, second],
      [second, first],
    ] as const) {
      const count = await ofTenant(reader)()
      await writer.source.manager.insert(Post, { title: 'more', tenantId: 1 })
      expect(await ofTenant(reader)()).toBe(count + 1)
    }
  })

  test('the subscriber alone invalidates what another process reads', async () => {
    await using caches = createCacheManager()
    await using reader = await Shop.open(database.options, { cache: caches, dbId: 'subscriber' })
    const writer = new DataSource({ ...database.options, entities })
    await writer.initialize()
    writer.subscribers.push(new CacheInvalidationSubscriber({ cache: caches, dbId: 'subscriber' }))
    const title = async (): Promise<string | undefined> =>
      (await reader.source.manager.findOne(Post, { where: { id: 1 }, cache: true }))?.title
    await title()
    await writer.manager.update(Post, 1, { title: 'by the writer' })
    expect(await title()).toBe('by the writer')
    await writer.transaction(async (tx) => {
      await tx.update(Post, 1, { title: 'in a transaction' })
      expect((await reader.counted(title)).sql).toBe(0)
    })
    expect(await title()).toBe('in a transaction')
    await expect(
      writer.transaction(async (tx) => {
        await tx.update(Post, 1, { title: 'no' })
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect((await reader.counted(title)).sql).toBe(0)
    await writer.destroy()
  })
})

describe('#57 set-up', () => {
  test('works with TypeORM 0.3, beside TypeORM 1 in one process', async () => {
    await using caches = createCacheManager()
    await using modern = await Shop.open(sqljs, { cache: caches, dbId: 'one' })
    const schema = new old.EntitySchema<Post>({
      name: 'Post',
      target: Post,
      tableName: 'post',
      columns: { id: { type: Number, primary: true, generated: true }, title: { type: String } },
    })
    const source = new old.DataSource({ type: 'sqljs', entities: [schema], synchronize: true })
    await source.initialize()
    await using handle = await installCache(source as unknown as DataSource, { cache: caches, dbId: 'two' })
    await source.manager.insert(Post, { title: 'old' })
    const find = (): Promise<Post | null> => source.manager.findOne(Post, { where: { id: 1 }, cache: true })
    expect((await find())?.greet()).toBe('hi old')
    expect((await find())?.title).toBe('old')
    expect(handle.stats()).toMatchObject({ hits: 1, misses: 1 })
    await source.transaction(async (tx) => {
      await tx.save(Object.assign((await tx.findOneBy(Post, { id: 1 })) as Post, { title: 'new' }))
      expect((await find())?.title).toBe('new')
    })
    expect((await find())?.title).toBe('new')
    expect(await source.manager.exists(Post, { where: { title: 'new' }, cache: true })).toBe(true)
    expect(await modern.warms(() => modern.source.manager.find(Post, { cache: true }))).toBe(true)
    await source.destroy()
  })

  test('one data source with the plugin leaves another without', async () => {
    await using caches = createCacheManager()
    await using first = await Shop.open(sqljs, { cache: caches, dbId: 'one' })
    await using second = await Shop.open(sqljs, { cache: caches, dbId: 'two' })
    await second.handle.uninstall()
    await second.handle.uninstall()
    const find = (shop: Shop) => (): Promise<Post[]> => shop.source.manager.find(Post, { cache: true })
    expect(await first.warms(find(first))).toBe(true)
    expect(await second.warms(find(second))).toBe(false)
    await using again = await installCache(second.source, { cache: caches, dbId: 'two' })
    expect(await second.warms(find(second))).toBe(true)
    expect(again.stats().misses).toBe(1)
  })

  test.each<[string, object, RegExp]>([
    ['no cache', { cache: undefined }, /^cache must be/],
    ['a bad dbId', { dbId: 'a b' }, /^dbId must be/],
    ['an unknown entity', { entities: { Nobody: {} } }, /^entities.Nobody/],
    ['a bad mode', { defaults: { mode: 'always' } }, /^defaults.mode must be/],
    ['a bad consistency', { consistency: 'eventual' }, /^consistency must be/],
    [
      'an unknown property in a scheme',
      { entities: { Post: { schemes: [['nothing']] } } },
      /schemes: there is no property nothing/,
    ],
    ['a bad lag', { replica: { maxLag: 0 } }, /^replica.maxLag must be/],
    ['a bad lease', { lease: 'soon' }, /^lease must be/],
    ['a scope that is none', { scope: 'a' }, /^scope must be/],
    ['a required scope without one', { scopeRequired: true }, /^scopeRequired needs/],
    ['bad side effects', { sideEffects: { a: 'b' } }, /^sideEffects must/],
  ])('refuses %s', async (_, options, message) => {
    await using caches = createCacheManager()
    const source = await new DataSource({
      type: 'sqljs',
      entities,
      synchronize: true,
    }).initialize()
    const install = installCache(source, { cache: caches, ...options })
    await expect(install).rejects.toThrow(message)
    await expect(install).rejects.toBeInstanceOf(TypeError)
    await source.destroy()
  })

  test('refuses a data source that is not open, and one that has a cache', async () => {
    await using caches = createCacheManager()
    await expect(installCache(new DataSource(sqljs), { cache: caches })).rejects.toThrow('must be initialized')
    await using shop = await Shop.open(sqljs, { cache: caches })
    await expect(installCache(shop.source, { cache: caches })).rejects.toThrow('has a cache already')
  })
})
