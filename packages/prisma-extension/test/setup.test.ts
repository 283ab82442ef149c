import { createCacheManager } from '@larder/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cachedAdapter, cacheExtension, createAdapterLink } from '../src/index.ts'
import type { ExtensionOptions } from '../src/index.ts'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { Prisma } from './generated/postgres/client.ts'
import { Shop } from './shop.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await databases.sqlite()
})
afterAll(() => database[Symbol.asyncDispose]())

describe('§6.12: the order of extensions', () => {
  const tenant = (id: number) =>
    Prisma.defineExtension({
      name: 'tenant',
      query: { user: { findMany: ({ args, query }) => query({ ...args, where: { ...args.where, tenantId: id } }) } },
    })

  test('tenant A never sees what tenant B read, where the filter comes first', async () => {
    await using shop = await Shop.open(database)
    await shop.base.user.update({ where: { id: 2 }, data: { tenantId: 2 } })
    const extension = cacheExtension({ cache: shop.manager })
    const a = shop.base.$extends(tenant(1)).$extends(extension)
    const b = shop.base.$extends(tenant(2)).$extends(extension)
    expect((await a.user.findMany({ cache: true })).map(({ id }) => id)).toEqual([1, 3])
    expect((await b.user.findMany({ cache: true })).map(({ id }) => id)).toEqual([2])
    expect((await a.user.findMany({ cache: true })).map(({ id }) => id)).toEqual([1, 3])
  })

  test('a filter that comes after the cache is refused', async () => {
    await using shop = await Shop.open(database)
    expect(() => shop.prisma.$extends(tenant(1))).toThrow(/cacheExtension must be applied last/)
    expect(() => shop.prisma.$extends((client) => client.$extends(tenant(1)))).toThrow(/must be applied last/)
  })

  test('an extension that changes no queries may come after it', async () => {
    await using shop = await Shop.open(database)
    const later = shop.prisma.$extends({
      result: { user: { shout: { needs: { name: true }, compute: ({ name }) => name?.toUpperCase() } } },
    })
    expect((await later.user.findMany({ where: { id: 1 }, cache: true }))[0]?.shout).toBe('ANN')
    const { value, sql } = await shop.counted(() => later.user.findMany({ where: { id: 1 }, cache: true }))
    expect(sql).toBe(0)
    expect(value[0]?.shout).toBe('ANN')
  })
})

describe('options', () => {
  const cache = createCacheManager()
  const link = createAdapterLink()
  test.each<[string, Partial<ExtensionOptions>]>([
    ['cache', { cache: undefined as never }],
    ['dbId', { dbId: 'a/b' }],
    ['link', { link: {} as never }],
    ['link is not in use', { link }],
    ['scope', { scope: 'tenant' as never }],
    ['scopeRequired', { scopeRequired: true }],
    ['onEvent', { onEvent: 1 as never }],
    ['views', { views: { v: 'users' as never } }],
    ['defaults.mode', { defaults: { mode: 'always' as never } }],
    ['text', { text: 'citext' as never }],
  ])('%s is checked where it is written', (name, options) => {
    expect(() => cacheExtension({ cache, ...options })).toThrow(TypeError)
    expect(() => cacheExtension({ cache, ...options })).toThrow(name)
  })

  test('models that the schema has not, and fields that they have not, are refused when the client is extended', async () => {
    await using shop = await Shop.open(database)
    const extend = (options: Partial<ExtensionOptions>) => () =>
      shop.base.$extends(cacheExtension({ cache, ...options }))
    expect(extend({ models: { Nobody: false } })).toThrow('models.Nobody')
    expect(extend({ models: { User: { mode: 'x' as never } } })).toThrow('models.User.mode')
    expect(extend({ models: { User: { schemes: [['nothing']] } } })).toThrow('models.User.schemes')
  })

  test('a cache argument that is none is refused', async () => {
    await using shop = await Shop.open(database)
    await expect(shop.prisma.user.findMany({ cache: 5 as never })).rejects.toThrow('cache must be')
    await expect(shop.prisma.user.findMany({ cache: { swr: 1 } as never })).rejects.toThrow('cache.swr')
  })

  test('a link serves one extension', async () => {
    const own = createAdapterLink()
    expect(() => cachedAdapter(database.adapter(), {} as never)).toThrow('link')
    expect(() => cachedAdapter({} as never, own)).toThrow('factory')
    await using shop = await Shop.open(database, { linked: true })
    expect(shop.prisma).toBeDefined()
  })

  test('§6.34: a text is told apart only if somebody vouches for it', async () => {
    const read = (shop: Shop) => () => shop.prisma.user.findUnique({ where: { email: 'Ann@shop' }, cache: true })
    await using careful = await Shop.open(database)
    const rename = (shop: Shop) => () =>
      shop.prisma.user.update({ where: { id: 2 }, data: { name: `x${String(Math.PI)}` } })
    expect(await careful.survives(read(careful), rename(careful))).toBe(false)
    await using vouched = await Shop.open(database, {
      models: { User: { schemes: [{ columns: ['email'], collation: 'binary' }] } },
    })
    expect(await vouched.survives(read(vouched), rename(vouched))).toBe(true)
    await vouched.prisma.user.update({ where: { id: 1 }, data: { email: 'moved' } })
    expect(await read(vouched)()).toBeNull()
    await vouched.prisma.user.update({ where: { id: 2 }, data: { email: 'Ann@shop' } })
    expect(await read(vouched)()).toMatchObject({ id: 2 })
  })

  test.each([{ linked: false }, { linked: true }])(
    '§6.54: a scheme that is known to all writers before readers use it leaves nothing stale (adapter: $linked)',
    async ({ linked }) => {
      await using shop = await Shop.open(database)
      const scheme = (use: boolean) => ({ models: { User: { schemes: [{ columns: ['tenantId'], use }] } } })
      const open = (options: Partial<ExtensionOptions>) =>
        Shop.open(database, { linked, filled: true, cache: shop.manager, ...options })
      await using first = await open({})
      await using declared = await open(scheme(false))
      await using used = await open(scheme(true))
      const list = (of: Shop) => () => of.prisma.user.findMany({ where: { tenantId: 1 }, cache: true })
      const rename = (of: Shop, name: string) => of.prisma.user.update({ where: { id: 1 }, data: { name } })
      const name = async (of: Shop) => (await list(of)()).find(({ id }) => id === 1)?.name
      // While the old release writes, the new one knows the scheme and does not use it.
      for (const [writer, reader] of [[first, declared] as const, [declared, first] as const]) {
        await list(reader)()
        await rename(writer, 'first')
        expect(await name(reader)).toBe('first')
        await rename(writer, 'again')
        expect(await name(reader)).toBe('again')
      }
      // When all writers know it, it is used: and tells tenants apart.
      for (const [writer, reader] of [[declared, used] as const, [used, declared] as const]) {
        await list(reader)()
        await rename(writer, 'second')
        expect(await name(reader)).toBe('second')
      }
      const other = () => declared.prisma.user.create({ data: { email: 'elsewhere@shop', tenantId: 2 } })
      // An answer that another release kept carries that one's tags.
      await used.prisma.$cache.invalidateAll()
      expect(await used.survives(list(used), other)).toBe(true)
      // Which is why the first step is needed.
      await list(used)()
      await rename(first, 'unseen')
      expect(await name(used)).not.toBe('unseen')
    },
  )

  test('§6.14: clients with different names for their database never share; those with one name invalidate each other', async () => {
    await using shop = await Shop.open(database)
    await using same = await Shop.open(database, { filled: true, cache: shop.manager })
    await using other = await Shop.open(database, { filled: true, cache: shop.manager, dbId: 'other' })
    const read = (of: Shop) => () => of.prisma.user.findMany({ cache: true })
    await read(shop)()
    expect((await same.counted(read(same))).sql).toBe(0)
    expect((await other.counted(read(other))).sql).toBe(1)
    expect(
      await shop.survives(read(shop), () => other.prisma.user.update({ where: { id: 1 }, data: { name: 'o' } })),
    ).toBe(true)
    expect(
      await shop.survives(read(shop), () => same.prisma.user.update({ where: { id: 1 }, data: { name: 's' } })),
    ).toBe(false)
  })

  test('statements that ran before the extension was there are made up for', async () => {
    const link = createAdapterLink()
    await using shop = await Shop.open(database)
    const read = () => shop.prisma.user.findMany({ cache: true })
    await read()
    const { PrismaClient } = await import('./generated/sqlite/client.ts')
    const early = new PrismaClient({ adapter: cachedAdapter(database.adapter(), link) })
    await early.user.update({ where: { id: 1 }, data: { name: 'early' } })
    const late = early.$extends(cacheExtension({ cache: shop.manager, link }))
    expect(await late.user.findMany({ where: { id: 1 }, cache: true })).toMatchObject([{ name: 'early' }])
    expect((await read())[0]?.name).toBe('early')
    await early.$disconnect()
  })
})
