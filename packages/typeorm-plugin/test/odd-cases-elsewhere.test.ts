import { createCacheManager } from '@larder/core'
import { DataSource } from 'typeorm'
import type { DataSourceOptions } from 'typeorm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installCache } from '../src/index.ts'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { entities, Post, User } from './entities.ts'
import { Shop } from './shop.ts'

const title =
  (shop: Shop, id = 1) =>
  async (): Promise<string | undefined> =>
    (await shop.source.manager.findOne(Post, { where: { id }, cache: true }))?.title

describe('on MariaDB', () => {
  let database: TestDatabase
  beforeAll(async () => void (database = await databases.mariadb()))
  afterAll(() => database[Symbol.asyncDispose]())

  test('#24 a 0 in an automatic number gets the next one', async () => {
    await using shop = await Shop.open(database.options)
    expect(await title(shop, 4)()).toBeUndefined()
    await shop.source.query("INSERT INTO post(id, title) VALUES (0, 'four')")
    expect(await title(shop, 4)()).toBe('four')
  })

  test('#42 a text of several statements that fails halfway leaves its transaction open', async () => {
    await using shop = await Shop.open({ ...database.options, multipleStatements: true } as DataSourceOptions)
    await title(shop)()
    const runner = shop.source.createQueryRunner()
    await expect(runner.query(`BEGIN; UPDATE post SET title = 'halfway' WHERE id = 1; nonsense`)).rejects.toThrow()
    expect(await title(shop)()).toBe('one')
    await runner.query('COMMIT')
    expect(await title(shop)()).toBe('halfway')
    await runner.release()
  })

  test('#29 ANALYZE runs the change that it explains', async () => {
    await using shop = await Shop.open(database.options)
    await title(shop)()
    await shop.source.query(`ANALYZE UPDATE post SET title = 'analyzed' WHERE id = 1`)
    expect(await title(shop)()).toBe('analyzed')
  })
})

describe('on sql.js', () => {
  const sqljs: DataSourceOptions = { type: 'sqljs', entities }

  test('#14 databases in memory must not share a dbId', async () => {
    await using shop = await Shop.open(sqljs)
    const other = await new DataSource(sqljs).initialize()
    await expect(installCache(other, { cache: shop.manager })).rejects.toThrow(/^dbId must differ/)
    await using handle = await installCache(other, { cache: shop.manager, dbId: 'other' })
    expect(handle.stats().hits).toBe(0)
    await other.destroy()
  })

  test('#30 synchronize does not end the caching', async () => {
    await using shop = await Shop.open(sqljs)
    expect(await shop.warms(title(shop))).toBe(true)
    await shop.source.synchronize(true)
    expect(await title(shop)()).toBeUndefined()
    expect(await shop.warms(title(shop))).toBe(true)
  })

  test("#60 TypeORM's own defaults for its cache are these, too", async () => {
    const cache = { alwaysEnabled: true, duration: 5_000, provider: () => new NoCache() }
    await using shop = await Shop.open({ ...sqljs, cache })
    expect(await shop.warms(() => shop.source.manager.find(User))).toBe(true)
    const query = shop.source.manager.createQueryBuilder(User, 'u')
    expect(shop.handle.explain(query)).toMatchObject({ cached: true, ttl: 5_000 })
  })

  test('side effects and functions name tables that entities have', async () => {
    await using caches = createCacheManager()
    const source = await new DataSource(sqljs).initialize()
    for (const options of [
      { sideEffects: { pots: ['post'] } },
      { sideEffects: { post: ['usr'] } },
      { functions: { retitle: ['pots'] } },
    ])
      await expect(installCache(source, { cache: caches, ...options })).rejects.toThrow(
        /no entity has a table (pots|usr)/,
      )
    await source.destroy()
  })
})

class NoCache {
  async connect(): Promise<void> {}
  async disconnect(): Promise<void> {}
  async synchronize(): Promise<void> {}
  async getFromCache(): Promise<undefined> {}
  async storeInCache(): Promise<void> {}
  async clear(): Promise<void> {}
  async remove(): Promise<void> {}
  isExpired(): boolean {
    return true
  }
}
