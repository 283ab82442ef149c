import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databases } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { Prisma } from './generated/sqlite/client.ts'
import { Shop } from './shop.ts'

/** Deleted rows are left out. */
const alive = {
  findMany: ({ args, query }: { args: { where?: object }; query: (args: object) => Promise<unknown> }) =>
    query({ ...args, where: { ...args.where, deletedAt: null } }),
}

describe.each([{ linked: false }, { linked: true }])('§6.27: soft deletes (adapter: $linked)', ({ linked }) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await databases.sqlite()
  })
  afterAll(() => database[Symbol.asyncDispose]())

  const titles = (shop: Shop) => async () =>
    (await shop.prisma.post.findMany({ where: { authorId: 1 }, orderBy: { id: 'asc' }, cache: true })).map(
      ({ title }) => title,
    )

  test('a method of the model that updates, and one that restores', async () => {
    const soft = Prisma.defineExtension({
      query: { post: alive },
      model: {
        post: {
          softDelete(id: number): Promise<unknown> {
            const context = Prisma.getExtensionContext(this) as unknown as Shop['base']['post']
            return context.update({ where: { id }, data: { deletedAt: new Date(0) } })
          },
          restore(id: number): Promise<unknown> {
            const context = Prisma.getExtensionContext(this) as unknown as Shop['base']['post']
            return context.update({ where: { id }, data: { deletedAt: null } })
          },
        },
      },
    })
    await using shop = await Shop.open(database, {
      linked,
      before: (base) => base.$extends(soft as never) as unknown as Shop['base'],
    })
    const post = shop.prisma.post as unknown as Record<'softDelete' | 'restore', (id: number) => Promise<unknown>>
    expect(await titles(shop)()).toEqual(['one', 'two'])
    await post.softDelete(1)
    expect(await titles(shop)()).toEqual(['two'])
    await post.restore(1)
    expect(await titles(shop)()).toEqual(['one', 'two'])
    const all = () => shop.prisma.post.count({ where: { authorId: 1 }, cache: true })
    expect(await all()).toBe(2)
    expect(await shop.survives(all, () => post.softDelete(2))).toBe(false)
  })

  test('a delete that an extension turns into an update by the client under it is seen if the adapter is', async () => {
    const asUpdate = (base: Shop['base']): Shop['base'] =>
      base.$extends({
        query: {
          post: {
            ...(alive as object),
            delete: ({ args }: { args: { where: { id: number } } }) =>
              base.post.update({ where: args.where, data: { deletedAt: new Date(0) } }) as never,
            deleteMany: ({ args }: { args: { where?: object } }) =>
              base.post.updateMany({ where: args.where ?? {}, data: { deletedAt: new Date(0) } }) as never,
          },
        },
      } as never) as unknown as Shop['base']
    await using shop = await Shop.open(database, { linked, before: asUpdate })
    expect(await titles(shop)()).toEqual(['one', 'two'])
    await shop.prisma.post.delete({ where: { id: 1 } })
    // Without the adapter nobody here sees the update: the operation that is seen is none, for the extension never asks for it.
    expect(await titles(shop)()).toEqual(linked ? ['two'] : ['one', 'two'])
    await shop.prisma.post.deleteMany({ where: { authorId: 1 } })
    expect(await titles(shop)()).toEqual(linked ? [] : ['one', 'two'])
    expect(await shop.base.post.count()).toBe(3)
  })
})
