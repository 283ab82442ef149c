import { createCacheManager } from '@larder/core'
import { DataSource, EntitySchema, In, IsNull } from 'typeorm'
import type { DataSourceOptions, QueryRunner } from 'typeorm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { entities, Post } from './entities.ts'
import { Shop } from './shop.ts'

class Load {
  author!: number
  posts!: number
}

const load = (expression: string, schema?: string): EntitySchema<Load> =>
  new EntitySchema<Load>({
    name: schema === undefined ? 'Load' : `Load_${schema}`,
    target: schema === undefined ? Load : class extends Load {},
    tableName: 'author_load',
    type: 'view',
    expression,
    columns: { author: { type: Number }, posts: { type: Number } },
    ...(schema === undefined ? {} : { schema }),
  })

const title =
  (shop: Shop, id = 1) =>
  async (): Promise<string | undefined> =>
    (await shop.source.manager.findOne(Post, { where: { id }, cache: true }))?.title

describe('on PostgreSQL', () => {
  let database: TestDatabase
  beforeAll(async () => void (database = await databases.postgres()))
  afterAll(() => database[Symbol.asyncDispose]())

  const withRunner = async (shop: Shop, work: (runner: QueryRunner) => Promise<void>): Promise<void> => {
    const runner = shop.source.createQueryRunner()
    try {
      await work(runner)
    } finally {
      await runner.query('DISCARD ALL')
      await runner.release()
    }
  }

  test('#13 resetting one setting does not undo another, nor does a reset that is rolled back', async () => {
    await using shop = await Shop.open(database.options)
    await withRunner(shop, async (runner) => {
      const find = (): Promise<Post[]> => runner.manager.find(Post, { cache: true })
      await runner.query("SET app.tenant = '1'")
      await runner.query('RESET statement_timeout')
      expect(await shop.warms(find)).toBe(false)
      await runner.query('BEGIN')
      await runner.query('RESET app.tenant')
      await runner.query('ROLLBACK')
      expect(await shop.warms(find)).toBe(false)
      await runner.query('SET ROLE NONE')
      await runner.query('RESET ALL')
      expect(await shop.warms(find)).toBe(false)
      await runner.query('RESET ROLE')
      expect(await shop.warms(find)).toBe(true)
    })
  })

  test('#13 a setting of one transaction alters nothing afterwards', async () => {
    await using shop = await Shop.open(database.options)
    await withRunner(shop, async (runner) => {
      await runner.query('BEGIN')
      await runner.query("SET LOCAL app.tenant = '1'")
      await runner.query("SELECT set_config('app.tenant', '2', true)")
      await runner.query('COMMIT')
      expect(await shop.warms(() => runner.manager.find(Post, { cache: true }))).toBe(true)
    })
  })

  test('#14 two databases with one cache share no rows, even under one dbId', async () => {
    await using other = await databases.postgres()
    await using caches = createCacheManager()
    await using first = await Shop.open(database.options, { cache: caches })
    await using second = await Shop.open(other.options, { cache: caches })
    await second.source.manager.update(Post, 1, { title: 'of the other' })
    expect([await title(first)(), await title(second)()]).toEqual(['one', 'of the other'])
  })

  test('#13 tenants in schemas of their own, with one cache and one dbId', async () => {
    await using caches = createCacheManager()
    const open = async (schema: string): Promise<Shop> => {
      const source = await new DataSource(database.options).initialize()
      await source.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
      await source.destroy()
      return Shop.open({ ...database.options, schema } as DataSourceOptions, { cache: caches })
    }
    await using first = await open('tenant_a')
    await using second = await open('tenant_b')
    await Promise.all([title(first)(), title(second)()])
    await first.source.manager.update(Post, 1, { title: 'of a' })
    expect([await title(first)(), await title(second)()]).toEqual(['of a', 'one'])
    await first.source.manager.query('UPDATE tenant_b.post SET title = $1', ['of b, by a'])
    expect([await title(first)(), await title(second)()]).toEqual(['of a', 'of b, by a'])
  })

  test('#10 views of entities: their tables count, and those that answer differently each time are not cached', async () => {
    const steady = load('SELECT "authorId" AS author, COUNT(*)::int AS posts FROM post GROUP BY "authorId"')
    await using shop = await Shop.open({ ...database.options, entities: [...entities, steady] })
    const find = (): Promise<Load | null> => shop.source.manager.findOne(Load, { where: { author: 1 }, cache: true })
    expect((await find())?.posts).toBe(2)
    expect((await shop.counted(find)).sql).toBe(0)
    await shop.source.manager.insert(Post, { title: 'third', authorId: 1 })
    expect((await find())?.posts).toBe(3)
    await shop.handle.invalidate(Load)
    expect((await shop.counted(find)).sql).toBe(1)
    await shop.source.query(
      'CREATE OR REPLACE VIEW author_load AS SELECT "authorId" AS author, 7 AS posts FROM post GROUP BY "authorId"',
    )
    expect((await find())?.posts).toBe(7)
    await shop.source.query('DROP VIEW author_load')

    const unsteady = load('SELECT 1 AS author, EXTRACT(epoch FROM clock_timestamp())::float8 AS posts')
    await using other = await Shop.open({ ...database.options, entities: [...entities, unsteady] })
    expect(await other.warms(() => other.source.manager.find(Load, { cache: true }))).toBe(false)
    await other.source.query('DROP VIEW author_load')
  })

  test('#5 a view with another definition makes old answers misses', async () => {
    await using caches = createCacheManager()
    const open = (posts: number): Promise<Shop> =>
      Shop.open(
        { ...database.options, entities: [...entities, load(`SELECT id AS author, ${posts} AS posts FROM "user"`)] },
        { cache: caches },
      )
    const count = async (shop: Shop): Promise<number | undefined> =>
      (await shop.source.manager.findOne(Load, { where: { author: 1 }, cache: true }))?.posts
    {
      await using before = await open(1)
      expect(await count(before)).toBe(1)
    }
    await using after = await open(2)
    expect(await count(after)).toBe(2)
    await after.source.query('DROP VIEW author_load')
  })

  test('#30 #29 migrations and synchronize through the data source', async () => {
    await using shop = await Shop.open(database.options)
    await title(shop)()
    class Retitle1700000000000 {
      async up(runner: QueryRunner): Promise<void> {
        await runner.query("UPDATE post SET title = 'migrated'")
      }
      async down(): Promise<void> {}
    }
    Object.assign(shop.source, { migrations: [new Retitle1700000000000()] })
    await shop.source.runMigrations()
    expect(await title(shop)()).toBe('migrated')
    expect(await shop.warms(title(shop))).toBe(true)
    await shop.source.synchronize(true)
    expect(await title(shop)()).toBeUndefined()
    expect(await shop.warms(title(shop))).toBe(true)
  })

  test('#29 procedures, several statements in one text, and a TRUNCATE with what refers to it', async () => {
    await using shop = await Shop.open(database.options)
    const { manager } = shop.source
    await title(shop)()
    await manager.query(
      `CREATE OR REPLACE PROCEDURE retitle_all() LANGUAGE sql AS $$ UPDATE post SET title = 'by a procedure' $$`,
    )
    await manager.query('CALL retitle_all()')
    expect(await title(shop)()).toBe('by a procedure')
    await manager.query(`SELECT 1; UPDATE "post" SET title = 'second'; SELECT 'UPDATE'`)
    expect(await title(shop)()).toBe('second')
    await manager.query(`BEGIN; UPDATE post SET title = 'never'; ROLLBACK`)
    expect(await title(shop)()).toBe('second')
    await manager.query('TRUNCATE post CASCADE')
    expect(await title(shop)()).toBeUndefined()
  })

  test('#28 a key that the database carries on to those who refer to it', async () => {
    class Country {
      code!: number
    }
    class City {
      id!: number
      name!: string
      country!: number | null
    }
    const shapes = [
      new EntitySchema<Country>({
        name: 'Country',
        target: Country,
        columns: { code: { type: Number, primary: true } },
      }),
      new EntitySchema<City>({
        name: 'City',
        target: City,
        columns: {
          id: { type: Number, primary: true },
          name: { type: String },
          country: { type: Number, name: 'country_code', nullable: true },
        },
        relations: {
          land: {
            type: 'many-to-one',
            target: 'Country',
            joinColumn: { name: 'country_code' },
            onUpdate: 'CASCADE',
            onDelete: 'SET NULL',
            nullable: true,
          },
        } as never,
      }),
    ]
    await using shop = await Shop.open({ ...database.options, entities: [...entities, ...shapes] })
    const { manager } = shop.source
    await manager.insert(Country, [{ code: 1 }, { code: 2 }])
    await manager.insert(City, { id: 1, name: 'Rome', country: 1 })
    const cities = async (): Promise<readonly number[]> =>
      Promise.all(
        [In([1]), In([3]), IsNull()].map(
          async (country) => (await manager.find(City, { where: { country }, cache: true })).length,
        ),
      )
    expect(await cities()).toEqual([1, 0, 0])
    await manager.update(Country, 1, { code: 3 })
    expect(await cities()).toEqual([0, 1, 0])
    await manager.delete(Country, 3)
    expect(await cities()).toEqual([0, 0, 1])
  })

  test('#35 bytes and times as primary keys', async () => {
    class Sample {
      hash!: Buffer
      text!: string
    }
    class Moment {
      at!: Date
      text!: string
    }
    const text = { type: String } as const
    const shapes = [
      new EntitySchema<Sample>({
        name: 'Sample',
        target: Sample,
        columns: { hash: { type: 'bytea', primary: true }, text },
      }),
      new EntitySchema<Moment>({
        name: 'Moment',
        target: Moment,
        columns: { at: { type: 'timestamptz', primary: true }, text },
      }),
    ]
    await using shop = await Shop.open({ ...database.options, entities: [...entities, ...shapes] })
    const { manager } = shop.source
    const [hash, at] = [Buffer.from([0, 255]), new Date('2026-01-02T03:04:05.678Z')]
    const read = async (): Promise<readonly (string | undefined)[]> => [
      (await manager.findOne(Sample, { where: { hash }, cache: true }))?.text,
      (await manager.findOne(Moment, { where: { at }, cache: true }))?.text,
    ]
    expect(await read()).toEqual([undefined, undefined])
    await manager.insert(Sample, { hash, text: 'new' })
    await manager.insert(Moment, { at, text: 'new' })
    expect(await read()).toEqual(['new', 'new'])
    expect(await shop.warms(read)).toBe(true)
    await manager.query(String.raw`UPDATE sample SET text = 'newer' WHERE hash = '\x00ff'`)
    await manager.query(`UPDATE moment SET text = 'newer' WHERE at = '2026-01-02 03:04:05.678Z'`)
    expect(await read()).toEqual(['newer', 'newer'])
  })

  test('#42 a COMMIT that fails leaves nothing behind, and what follows on that connection is seen', async () => {
    await using shop = await Shop.open(database.options)
    await shop.source.query('ALTER TABLE comment ALTER CONSTRAINT ' + (await constraint(shop)) + ' DEFERRABLE')
    await title(shop)()
    const work = shop.source.transaction(async (tx) => {
      await tx.query('SET CONSTRAINTS ALL DEFERRED')
      await tx.update(Post, 1, { title: 'never' })
      await tx.query(`UPDATE comment SET "postId" = 4711`)
    })
    await expect(work).rejects.toThrow('foreign key')
    expect(await title(shop)()).toBe('one')
    await shop.source.transaction((tx) => tx.update(Post, 1, { title: 'then' }))
    expect(await title(shop)()).toBe('then')
    expect(await shop.warms(title(shop))).toBe(true)
  })

  async function constraint(shop: Shop): Promise<string> {
    const [row] = await shop.source.query<{ conname: string }[]>(
      `SELECT conname FROM pg_constraint WHERE conrelid = 'comment'::regclass AND contype = 'f'`,
    )
    return `"${row?.conname}"`
  }
})
